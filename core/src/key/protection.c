/* SPDX-License-Identifier: Apache-2.0 */
#include "key/protection.h"

#include <stddef.h>
#include <string.h>

/* "IBM" and "SW   TPM" is what libtpms says of itself. The makers are those
 * of the TCG vendor ID registry that make chips or the firmware of processors;
 * not MSFT, GOOG or VMW, whose TPMs are mostly those of virtual machines. */
static const char *protection_of(const char manufacturer[5], const char vendor[17])
{
    static const char *const MAKERS[] = {"AMD",  "ATML", "BRCM", "FLYS", "HISI", "IFX",
                                         "INTC", "NSG",  "NSM",  "NTC",  "NTZ",  "QCOM",
                                         "ROCC", "SMSC", "SMSN", "SNS",  "STM",  "TXN",
                                         "WEC"};
    size_t i;

    for (i = 0; i < sizeof MAKERS / sizeof *MAKERS; i++)
        if (!strcmp(manufacturer, MAKERS[i]))
            return "hardware";
    return !strcmp(manufacturer, "IBM") && !strcmp(vendor, "SW   TPM") ? "swtpm" : "unknown";
}

static void trim(char *text, size_t len)
{
    while (len && (text[len - 1] == ' ' || text[len - 1] == '\0'))
        text[--len] = '\0';
}

/* Four characters to a property, padded with NUL or, by some, with spaces. */
void pk_tpm_maker(const TPMS_CAPABILITY_DATA *data, char manufacturer[5], char vendor[17])
{
    const TPML_TAGGED_TPM_PROPERTY *list = &data->data.tpmProperties;
    uint32_t i;

    memset(manufacturer, 0, 5);
    memset(vendor, 0, 17);
    for (i = 0; data->capability == TPM2_CAP_TPM_PROPERTIES && i < list->count; i++) {
        TPM2_PT which = list->tpmProperty[i].property;
        uint32_t value = list->tpmProperty[i].value;
        char *to = which == TPM2_PT_MANUFACTURER ? manufacturer
                   : which >= TPM2_PT_VENDOR_STRING_1 && which <= TPM2_PT_VENDOR_STRING_4
                       ? vendor + (size_t)4 * (which - TPM2_PT_VENDOR_STRING_1)
                       : NULL;
        int k;

        for (k = 0; to && k < 4; k++)
            to[k] = (char)(value >> (24 - 8 * k) & 0xff);
    }
    trim(manufacturer, 4);
    trim(vendor, 16);
}

const char *pk_tpm_protection(const TPMS_CAPABILITY_DATA *data)
{
    char manufacturer[5], vendor[17];

    pk_tpm_maker(data, manufacturer, vendor);
    return protection_of(manufacturer, vendor);
}

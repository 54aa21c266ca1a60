/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PK_JSON_SYNTAX_H
#define PK_JSON_SYNTAX_H

#include <stddef.h>

/* Why text is not one JSON text (RFC 8259) that we take, in words that go
 * behind "the answer is not what it should be: "; NULL when it is. Besides the
 * grammar: nothing deeper than max_depth, valid UTF-8, no NUL character. cJSON
 * takes more than the grammar, loses NUL characters, and says the same of bad
 * text and of a lack of memory; what passes here it can only fail to take for
 * the latter. */
const char *pk_json_syntax(const char *text, size_t text_len, int max_depth);

#endif

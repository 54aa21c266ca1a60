/* SPDX-License-Identifier: Apache-2.0
 * The cloud's rate limit, with a clock of the test's own. */
#include "unit.h"

#include "http/rate.h"

#include <arpa/inet.h>

static pk_peer peer(const char *address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
        return pk_peer_of((struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
    return pk_peer_of((struct sockaddr *)&v6);
}

/* How many of so many requests at one moment are taken. */
static int num_taken(pk_rates *rates, const char *address, int num, int64_t now_ms)
{
    pk_peer who = peer(address);
    int taken = 0;

    for (int i = 0; i < num; i++)
        taken += pk_rates_take(rates, &who, now_ms);
    return taken;
}

static void twice_the_rate_at_once_and_then_the_rate(void **state)
{
    pk_rates *rates = pk_rates_new(10, false);
    int64_t now_ms = 1000000;
    (void)state;

    assert_int_equal(num_taken(rates, "192.0.2.1", 100, now_ms), 20);
    assert_int_equal(num_taken(rates, "192.0.2.1", 100, now_ms), 0);
    assert_int_equal(num_taken(rates, "192.0.2.1", 100, now_ms + 99), 0);
    assert_int_equal(num_taken(rates, "192.0.2.1", 100, now_ms + 100), 1);
    assert_int_equal(num_taken(rates, "192.0.2.1", 100, now_ms + 1100), 10);
    assert_int_equal(num_taken(rates, "192.0.2.1", 100, now_ms + 1000000), 20);
    pk_rates_free(rates);
}

static void asking_ever_so_often_takes_nothing_from_the_rate(void **state)
{
    pk_rates *rates = pk_rates_new(3, false);
    int taken = 0;
    (void)state;

    for (int ms = 0; ms < 10000; ms++)
        taken += num_taken(rates, "192.0.2.1", 1, 5000 + ms);
    assert_in_range(taken, 35, 36); /* 6 at once, then 3 in each of ten seconds */
    pk_rates_free(rates);
}

static void each_address_has_its_own(void **state)
{
    pk_rates *rates = pk_rates_new(1, false);
    (void)state;

    assert_int_equal(num_taken(rates, "192.0.2.1", 9, 5000), 2);
    assert_int_equal(num_taken(rates, "192.0.2.2", 9, 5000), 2);
    assert_int_equal(num_taken(rates, "2001:db8::1", 9, 5000), 2);
    assert_int_equal(num_taken(rates, "2001:db8:0:1::1", 9, 5000), 2);
    pk_rates_free(rates);
}

static void a_network_of_ipv6_counts_as_one(void **state)
{
    pk_rates *rates = pk_rates_new(1, false);
    (void)state;

    assert_int_equal(num_taken(rates, "2001:db8::1", 9, 5000), 2);
    assert_int_equal(num_taken(rates, "2001:db8::ffff:1234", 9, 5000), 0);
    pk_rates_free(rates);
}

static void an_ipv4_address_is_the_same_written_as_ipv6(void **state)
{
    pk_rates *rates = pk_rates_new(1, false);
    (void)state;

    assert_int_equal(num_taken(rates, "192.0.2.1", 9, 5000), 2);
    assert_int_equal(num_taken(rates, "::ffff:192.0.2.1", 9, 5000), 0);
    assert_int_equal(num_taken(rates, "::ffff:192.0.2.2", 9, 5000), 2);
    pk_rates_free(rates);
}

static void loopback_is_not_counted_unless_told(void **state)
{
    static const char *const loopback[] = {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"};
    static const char *const others[] = {"128.0.0.1", "10.0.0.1", "::2", "::ffff:126.0.0.1", "fe80::1"};
    pk_rates *rates = pk_rates_new(1, false);
    pk_rates *strict = pk_rates_new(1, true);
    (void)state;

    for (size_t i = 0; i < NUM(loopback); i++) {
        assert_int_equal(num_taken(rates, loopback[i], 50, 5000), 50);
        assert_in_range(num_taken(strict, loopback[i], 50, 5000), 0, 2);
    }
    for (size_t i = 0; i < NUM(others); i++)
        assert_int_equal(num_taken(rates, others[i], 50, 5000), 2);
    pk_rates_free(strict);
    pk_rates_free(rates);
}

static void none_is_no_limit(void **state)
{
    pk_rates *rates = pk_rates_new(0, true);
    (void)state;

    assert_int_equal(num_taken(rates, "192.0.2.1", 10000, 5000), 10000);
    pk_rates_free(rates);
}

/* Who asks all the time is not forgotten for those who ask once. */
static void a_flood_of_addresses_frees_nobody_who_goes_on(void **state)
{
    pk_rates *rates = pk_rates_new(1, false);
    char address[32];
    int taken = 0;
    (void)state;

    for (int i = 0; i < 100000; i++) {
        snprintf(address, sizeof address, "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
        assert_int_equal(num_taken(rates, address, 1, 5000 + i), 1);
        taken += num_taken(rates, "192.0.2.1", 1, 5000 + i);
    }
    assert_in_range(taken, 100, 102);
    pk_rates_free(rates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twice_the_rate_at_once_and_then_the_rate),
        cmocka_unit_test(asking_ever_so_often_takes_nothing_from_the_rate),
        cmocka_unit_test(each_address_has_its_own),
        cmocka_unit_test(a_network_of_ipv6_counts_as_one),
        cmocka_unit_test(an_ipv4_address_is_the_same_written_as_ipv6),
        cmocka_unit_test(loopback_is_not_counted_unless_told),
        cmocka_unit_test(none_is_no_limit),
        cmocka_unit_test(a_flood_of_addresses_frees_nobody_who_goes_on),
    };

    return cmocka_run_group_tests_name("cloud_rate", tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "features/names.h"

/* Every line of `file` is the name of one column, in order. */
static void check_names(const char *file, int count, const char *(*name)(int))
{
    FILE *in = fopen(file, "r");
    if (in == NULL) fail_msg("%s: cannot be opened", file);
    char line[200];
    int column = 0;
    for (; fgets(line, sizeof line, in); column++) {
        line[strcspn(line, "\r\n")] = '\0';
        if (strcmp(line, name(column)) != 0) fail_msg("column %d is \"%s\", DEAM has \"%s\"", column, name(column), line);
    }
    fclose(in);
    assert_int_equal(column, count);
}

static void descriptors_are_named_as_in_deam(void **state)
{
    (void)state;
    check_names(TEST_DATA "/golden/columns_lld_130.txt", DESCRIPTOR_ROW, descriptor_name);
}

static void functionals_are_named_as_in_deam(void **state)
{
    (void)state;
    check_names(TEST_DATA "/golden/columns_deam_260.txt", FUNCTIONAL_COUNT, functional_name);
}

static void finds_every_column_by_its_name(void **state)
{
    (void)state;
    for (int column = 0; column < FUNCTIONAL_COUNT; column++)
        assert_int_equal(functional_find(functional_name(column)), column);
    assert_int_equal(functional_find("F0final_sma_median"), -1);
    assert_int_equal(functional_find(""), -1);
}

static void places_are_where_the_names_say(void **state)
{
    (void)state;
    assert_string_equal(descriptor_name(DESCRIPTOR_F0), "F0final_sma");
    assert_string_equal(descriptor_name(DESCRIPTOR_HNR), "logHNR_sma");
    assert_string_equal(descriptor_name(DESCRIPTOR_RMS), "pcm_RMSenergy_sma");
    assert_string_equal(descriptor_name(DESCRIPTOR_RASTA), "audSpec_Rfilt_sma[0]");
    assert_string_equal(descriptor_name(DESCRIPTOR_SPECTRAL), "pcm_fftMag_fband250-650_sma");
    assert_string_equal(descriptor_name(DESCRIPTOR_MFCC), "pcm_fftMag_mfcc_sma[1]");
    assert_string_equal(functional_name(functional_mean(DESCRIPTOR_COUNT)), "F0final_sma_de_amean");
    assert_string_equal(functional_name(functional_stddev(DESCRIPTOR_COUNT)), "F0final_sma_de_stddev");
    assert_string_equal(descriptor_name(DESCRIPTOR_ROW), "");
    assert_string_equal(functional_name(-1), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptors_are_named_as_in_deam),
        cmocka_unit_test(functionals_are_named_as_in_deam),
        cmocka_unit_test(finds_every_column_by_its_name),
        cmocka_unit_test(places_are_where_the_names_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

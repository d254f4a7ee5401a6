{{ test_no_differences(ref("compared_by_key")) }}

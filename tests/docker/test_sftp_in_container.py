"""The tests of SFTP again, against the OpenSSH server of config/docker: those that need no second user or log level."""

# ruff: noqa: F401  # imported for pytest to collect: the same tests, with the fixtures of this folder

from tests.plugin.test_sftp import (
    test_a_server_without_the_pinned_type_of_key_is_refused_with_the_key_it_shows,
    test_a_user_key_that_the_server_does_not_know,
    test_known_hosts_as_openssh_writes_it,
    test_two_pinned_keys_let_a_key_be_replaced_without_a_gap,
    test_wrong_password_is_a_matter_of_credentials,
)
from tests.plugins.tables.test_sftp_pickup import (
    drop,
    test_a_connection_lost_half_way_leaves_nothing_and_the_next_run_reads_all,
    test_a_file_at_rest_is_finished,
    test_a_folder_that_is_not_there,
    test_a_marked_file_is_read_and_archived_with_its_marker,
    test_nothing_of_a_file_that_grows_while_it_is_read_turns_green,
    test_nothing_of_a_file_that_otherwise_changes_while_it_is_read,
    test_periods_are_all_read,
    test_the_same_file_twice_is_recognised_by_its_bytes,
    test_without_a_marker_nothing_is_taken,
)

"""Which tests show that a fault does no harm: by row of the catalogue, in its order.

By file below `tests`, the names without parameters. `test_rows.py` checks that each exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One way in which the world fails."""

    fault: str
    tests: Mapping[str, tuple[str, ...]]


ROWS: Mapping[int, Row] = {
    1: Row(
        "The run dies after its intent is durable and before the request leaves",
        {
            "faults/test_together.py": (
                "test_nothing_leaves_before_the_intents_of_all_are_durable",
            ),
            "faults/test_crashes.py": (
                "test_wherever_a_run_dies_the_next_one_gets_to_the_same_end",
            ),
            "model/test_two_crashes.py": ("test_creating_one_thing",),
            "e2e/test_kill.py": ("test_whatever_write_is_killed_the_next_run_converges",),
        },
    ),
    2: Row(
        "The run dies after the server has done it and before the answer comes",
        {
            "faults/test_together.py": (
                "test_wherever_a_run_dies_that_creates_contacts_the_next_one_gets_to_the_same_end",
            ),
            "faults/test_crashes.py": (
                "test_wherever_a_run_dies_the_next_one_gets_to_the_same_end",
            ),
            "model/test_two_crashes.py": ("test_creating_one_thing",),
            "e2e/test_kill.py": ("test_whatever_write_is_killed_the_next_run_converges",),
        },
    ),
    3: Row(
        "The run dies between the answer and the row of state",
        {
            "faults/test_crashes.py": (
                "test_wherever_a_run_dies_the_next_one_gets_to_the_same_end",
            ),
            "model/test_two_crashes.py": ("test_creating_one_thing",),
            "unit/state/test_durability.py": (
                "test_a_crash_at_any_effect_loses_nothing_that_was_promised",
            ),
        },
    ),
    4: Row(
        "No answer, or the connection breaks, after the request was sent",
        {
            "faults/test_together.py": (
                "test_contacts_whose_common_answer_was_lost_are_looked_for_each",
                "test_of_a_lost_request_only_what_somebody_else_has_made_is_asked_about",
            ),
            "faults/test_lost_answers.py": (
                "test_a_create_whose_answer_was_lost_exists_once_whether_or_not_it_was_executed",
            ),
            "unit/http/test_outcomes.py": (
                "test_a_write_whose_connection_broke_leaves_once_and_is_unknown",
            ),
            "e2e/test_faults.py": ("test_two_runs_are_enough_whatever_befalls_a_write",),
        },
    ),
    5: Row(
        "No connection at all",
        {
            "faults/test_lost_answers.py": (
                "test_a_create_that_never_left_is_closed_as_such_and_done_by_the_next_run",
            ),
            "unit/http/test_outcomes.py": (
                "test_a_write_without_a_connection_is_tried_again_and_then_counts_as_not_sent",
            ),
            "unit/http/test_network.py": ("test_a_refused_connection_is_not_sent",),
        },
    ),
    6: Row(
        "A connection that was kept open is reset",
        {
            "unit/http/test_network.py": (
                "test_a_request_arrives_once_though_a_kept_connection_breaks_under_it",
                "test_a_connection_that_the_server_closed_while_idle_is_not_used_again",
            ),
        },
    ),
    7: Row(
        "The server does it only after another attempt worked",
        {
            "faults/test_lost_answers.py": (
                "test_a_create_that_is_executed_after_all_is_told_of_and_ours_by_proof_is_cleaned_up",
            ),
            "faults/test_ways_out.py": (
                "test_octeth_a_late_duplicate_is_told_of_until_it_is_said_to_be_none",
            ),
        },
    ),
    8: Row(
        "A storm of 5xx",
        {
            "faults/test_lost_answers.py": (
                "test_a_storm_of_failures_stops_creates_but_not_reads_and_the_next_run_makes_the_rest",
            ),
            "unit/http/test_retry.py": (
                "test_five_failed_writes_stop_the_others_before_they_leave",
                "test_reads_go_on_while_writes_are_stopped",
            ),
        },
    ),
    9: Row(
        "429 with Retry-After",
        {
            "faults/test_rate_limits.py": (
                "test_a_create_waits_exactly_as_long_as_it_was_told_to_and_is_the_same_operation",
                "test_what_else_was_to_be_sent_waits_too",
            ),
            "unit/http/test_retry.py": ("test_the_wait_asked_for_is_kept_exactly",),
        },
    ),
    10: Row(
        "429 in words only, or in a list of errors",
        {
            "faults/test_rate_limits.py": (
                "test_a_create_waits_exactly_as_long_as_it_was_told_to_and_is_the_same_operation",
                "test_without_a_number_that_can_be_meant_the_wait_is_a_capped_backoff",
                "test_a_limit_that_does_not_end_is_a_refusal_that_the_next_run_gets_over",
            ),
            "unit/http/test_retry.py": ("test_any_body_and_header_give_a_sensible_wait_or_none",),
            "unit/providers/octeth/test_classify.py": (
                "test_the_wait_is_read_out_of_the_text_in_every_form_of_429",
            ),
        },
    ),
    11: Row(
        "200 with a failure inside",
        {
            "faults/test_lost_answers.py": (
                "test_an_answer_that_tells_nothing_certain_is_treated_like_none",
            ),
            "unit/providers/nhncloud_sms/test_classify.py": (
                "test_nothing_but_a_true_is_successful_means_done",
            ),
            "unit/providers/octeth/test_classify.py": (
                "test_no_error_code_of_any_shape_breaks_the_classification",
            ),
            "unit/providers/surenotify/test_classify.py": (
                "test_only_a_listed_answer_counts_as_nothing_happened",
            ),
        },
    ),
    12: Row(
        "HTML, cut or invalid JSON, an id missing",
        {
            "faults/test_lost_answers.py": (
                "test_an_answer_that_tells_nothing_certain_is_treated_like_none",
                "test_an_answer_that_is_cut_off_is_treated_like_none",
            ),
            "faults/test_lists.py": (
                "test_a_list_that_cannot_be_read_is_no_empty_list",
                "test_nothing_is_created_while_it_cannot_be_seen_what_there_is",
            ),
            "unit/http/test_bodies.py": ("test_any_bytes_are_a_value_or_a_value_error",),
        },
    ),
    13: Row(
        "A redirect",
        {
            "faults/test_lost_answers.py": ("test_a_create_that_is_redirected_goes_nowhere_else",),
            "unit/http/test_outcomes.py": ("test_a_redirect_never_reaches_the_other_host",),
        },
    ),
    14: Row(
        "A list changes while its pages are read",
        {
            "faults/test_lists.py": (
                "test_a_list_that_moves_while_it_is_read_is_read_again",
                "test_a_list_that_never_adds_up_is_not_believed",
            ),
            "unit/providers/test_listing.py": (
                "test_what_is_returned_was_the_list_at_some_moment",
            ),
        },
    ),
    15: Row(
        "A list is incomplete",
        {
            "faults/test_lists.py": (
                "test_one_page_that_fails_makes_the_whole_list_unknown",
                "test_nothing_is_created_while_it_cannot_be_seen_what_there_is",
            ),
        },
    ),
    16: Row(
        "A list is empty while state has objects",
        {
            "faults/test_lists.py": ("test_an_empty_list_where_state_owns_many_is_an_outage",),
        },
    ),
    17: Row(
        "What was made shows late",
        {
            "faults/test_lists.py": (
                "test_what_becomes_visible_late_is_found_or_told_of_and_never_silently_twice",
                "test_what_was_just_created_and_is_not_listed_yet_is_waited_for_and_not_made_again",
                "test_events_of_a_webhook_that_are_not_listed_yet_are_not_made_again",
                "test_a_rotated_key_that_is_not_listed_yet_is_not_made_again",
                "test_many_that_were_just_created_and_are_not_listed_yet_are_no_outage",
                "test_a_uid_that_was_removed_and_added_again_is_waited_for_like_a_new_one",
                "test_numbers_that_were_just_blocked_and_are_not_listed_yet_are_taken_off_again",
                "test_numbers_that_were_just_blocked_and_are_not_listed_yet_are_not_blocked_again",
                "test_numbers_that_do_not_even_show_after_the_settle_window_are_still_taken_off",
            ),
        },
    ),
    18: Row(
        "Two runs at once",
        {
            "faults/test_runs.py": (
                "test_a_second_run_is_refused_with_the_holder_whatever_the_first_is_doing",
            ),
            "unit/state/test_lock.py": (
                "test_a_second_run_is_told_who_holds_the_lock_and_the_way_out",
            ),
            "e2e/test_stop.py": (
                "test_of_two_applies_at_once_one_sends_nothing_and_names_the_other",
            ),
        },
    ),
    19: Row(
        "The lock is lost",
        {
            "faults/test_runs.py": (
                "test_a_run_that_was_fenced_off_sends_nothing_more_and_loses_no_answer",
            ),
            "unit/state/test_commit.py": ("test_a_run_that_was_fenced_off_writes_nothing",),
            "faults/test_ways_out.py": (
                "test_a_lock_that_hangs_is_taken_away_and_the_old_run_writes_no_more",
            ),
        },
    ),
    20: Row(
        "A dead run is taken over while its request is still on its way",
        {
            "faults/test_runs.py": (
                "test_a_request_of_a_dead_run_that_is_executed_after_the_takeover_is_found",
            ),
            "unit/state/test_lock.py": (
                "test_the_next_run_takes_over_at_once_when_the_holder_was_killed",
                "test_a_run_of_another_machine_counts_as_dead_after_95_quiet_seconds",
            ),
        },
    ),
    21: Row(
        "The clock is wrong, or jumps",
        {
            "faults/test_runs.py": ("test_a_clock_that_jumps_between_two_runs_changes_nothing",),
            "unit/http/test_pace.py": (
                "test_times_of_an_earlier_start_of_the_machine_do_not_count",
            ),
        },
    ),
    22: Row(
        "The state file is cut, flipped or another one",
        {
            "unit/state/test_damage.py": (
                "test_a_state_cut_at_any_sector_is_refused",
                "test_a_flipped_bit_is_refused_or_changes_nothing",
                "test_another_state_s_database_is_refused",
                "test_what_the_hint_says_leads_back",
            ),
        },
    ),
    23: Row(
        "The disk is full or broken at any write",
        {
            "faults/test_runs.py": (
                "test_whichever_write_of_the_state_fails_nothing_is_sent_unrecorded_or_lost",
            ),
            "unit/state/test_durability.py": (
                "test_a_full_disk_at_any_effect_is_an_error_with_a_way_out",
                "test_an_answer_that_cannot_be_stored_goes_into_an_emergency_file",
            ),
        },
    ),
    24: Row(
        "The power fails",
        {
            "unit/state/test_durability.py": (
                "test_a_process_that_is_killed_at_any_effect_leaves_a_state_to_go_on_with",
            ),
            "unit/sinks/test_secret_file.py": (
                "test_a_failure_at_any_effect_leaves_the_old_or_the_new_file_and_no_other",
            ),
        },
    ),
    25: Row(
        "SIGINT and SIGTERM",
        {
            "faults/test_runs.py": (
                "test_a_stop_at_any_request_finishes_what_it_is_at_and_the_next_run_does_the_rest",
                "test_a_stop_waits_five_seconds_for_a_request_that_hangs_and_leaves_it_in_the_journal",
            ),
            "e2e/test_stop.py": (
                "test_a_signal_stops_a_run_with_nothing_in_doubt_and_the_next_run_converges",
                "test_a_second_signal_ends_the_process_at_once",
            ),
        },
    ),
    26: Row(
        "Something changes between plan and apply",  # which makes its own plan, under the lock
        {
            "faults/test_approval.py": (
                "test_what_somebody_changed_while_a_person_was_asked_is_left_to_them",
                "test_a_plan_older_than_a_minute_is_looked_at_again_before_each_write",
            ),
            "faults/test_runs.py": (
                "test_an_apply_goes_by_what_is_live_then_and_not_when_somebody_last_looked",
                "test_what_is_deleted_by_hand_after_the_plan_was_made_is_noticed",
            ),
            "faults/test_ownership.py": (
                "test_a_slot_that_somebody_occupies_after_the_plan_was_made_is_left_to_them",
            ),
        },
    ),
    27: Row(
        "The same is applied twice",
        {
            "faults/test_runs.py": ("test_applying_twice_writes_once",),
            "contract/test_contract.py": (
                "test_an_object_that_differs_is_taken_over_only_when_asked",
            ),
        },
    ),
    28: Row(
        "The id of ours is somebody else's by now",
        {
            "faults/test_ownership.py": (
                "test_an_object_that_took_over_the_id_of_ours_is_neither_deleted_nor_replaced",
            ),
            "faults/test_ways_out.py": (
                "test_nhn_an_id_that_is_somebody_elses_by_now_is_given_up",
            ),
        },
    ),
    29: Row(
        "A delete whose outcome is unknown, or of what is gone",
        {
            "faults/test_ownership.py": (
                "test_a_delete_whose_answer_was_lost_is_settled_by_looking",
                "test_what_is_gone_already_counts_as_deleted",
                "test_what_others_have_in_a_row_of_ours_survives_wherever_the_removal_dies",
            ),
            "faults/test_lost_answers.py": (
                "test_what_a_lost_delete_has_deleted_is_gone_whatever_the_next_attempt_is_told",
                "test_what_is_still_there_after_a_delete_that_nobody_understood_is_not_called_gone",
            ),
        },
    ),
    30: Row(
        "Creating would overwrite somebody's value",
        {
            "faults/test_ownership.py": (
                "test_a_slot_that_somebody_occupied_before_is_taken_over_only_when_asked",
                "test_a_slot_that_somebody_occupies_after_the_plan_was_made_is_left_to_them",
                "test_a_template_that_somebody_makes_after_the_plan_was_made_is_theirs",
                "test_a_domain_that_somebody_makes_after_the_plan_was_made_is_not_doubled",
            ),
        },
    ),
    31: Row(
        "One of several steps fails",
        {
            "faults/test_together.py": (
                "test_one_bad_contact_of_a_refused_request_costs_the_others_nothing",
                "test_what_an_accepted_request_may_have_left_out_is_told",
            ),
            "faults/test_steps.py": (
                "test_a_change_that_fails_at_a_step_keeps_what_holds_and_the_next_run_does_the_rest",
            ),
            "faults/test_hand_overs.py": (
                "test_wherever_a_run_dies_every_event_has_one_webhook_and_one_owner",
                "test_an_answer_that_is_lost_takes_nothing_from_anybody",
            ),
            "faults/test_left_alone.py": (
                "test_wherever_a_run_dies_what_was_set_by_hand_is_kept",
                "test_whatever_answers_are_lost_what_was_set_by_hand_is_kept",
                "test_all_of_a_kind_gone_between_removing_and_making_is_no_outage",
            ),
            "faults/test_slots.py": (
                "test_wherever_a_run_dies_a_slot_that_changes_hands_stays_ours",
                "test_an_answer_that_is_lost_leaves_every_slot_to_its_taker",
            ),
            "faults/test_moves.py": (
                "test_wherever_a_run_dies_a_webhook_that_moves_exists_once",
                "test_an_answer_that_is_lost_leaves_nothing_of_a_move_behind",
                "test_wherever_a_run_dies_a_webhook_deleted_by_hand_is_made_again_once",
                "test_what_a_person_adopts_for_what_was_deleted_by_hand_is_kept",
            ),
            "faults/test_crashes.py": (
                "test_wherever_a_run_dies_the_next_one_gets_to_the_same_end",
            ),
        },
    ),
    32: Row(
        "The sink fails after the secret was made",
        {
            "faults/test_secrets.py": (
                "test_a_sink_that_fails_at_any_call_never_costs_a_key_nor_makes_a_second_one",
                "test_a_sink_that_keeps_failing_keeps_the_secret_sealed_until_it_works",
            ),
            "faults/test_undelivered_secrets.py": (
                "test_a_secret_that_did_not_get_there_is_delivered_by_the_next_run",
            ),
        },
    ),
    33: Row(
        "The run dies after the sink was written",
        {
            "faults/test_secrets.py": (
                "test_what_a_crashed_run_has_delivered_is_not_delivered_again",
            ),
            "faults/test_crashes.py": (
                "test_wherever_a_run_dies_the_next_one_gets_to_the_same_end",
            ),
        },
    ),
    34: Row(
        "A rotation is cut off",
        {
            "faults/test_secrets.py": (
                "test_wherever_a_rotation_dies_a_delivered_key_works",
                "test_a_rotation_whose_answers_are_lost_ends_with_one_key_that_works",
                "test_where_only_one_key_may_exist_the_plan_says_that_there_is_a_gap_and_it_is_closed",
            ),
            "model/test_two_crashes.py": (
                "test_rotating_a_key_leaves_one_that_works_at_every_moment",
            ),
        },
    ),
    35: Row(
        "Credentials of another account",
        {
            "faults/test_runs.py": (
                "test_credentials_of_another_account_are_refused_before_anything_is_sent",
            ),
            "cli/test_errors.py": (
                "test_another_account_behind_a_name_is_refused_and_can_be_trusted",
            ),
        },
    ),
}

BEYOND: Mapping[str, str] = {
    "faults/test_absence.py": "lists that lack, once or for good, what state owns",
    "faults/test_causes.py": "who changed what, where something others refer to is made anew",
    "faults/test_degraded.py": "what is as it was left and does not work",
    "faults/test_inside.py": "what lies inside of what is to be deleted",
    "faults/test_number_digests.py": "differences of values that state keeps as digests alone",
    "faults/test_other_domains.py": "rows of another domain in the account",
    "faults/test_pictures.py": "pictures of which nobody tells the content, after state was lost",
    "faults/test_reviews.py": "what waits for reviewers, or is rejected by them",
    "faults/test_taken_places.py": "what comes to lie where a secret is to go after the plan",
    "faults/test_trimmed_texts.py": "servers that trim the texts they are given",
    "faults/test_unnamed.py": "servers that do not say which id a new object got",
    "faults/test_ways_out.py": "the printed commands that get out of being stuck",
}
"""What goes wrong beyond the catalogue: the file that shows that it does no harm, and what it is."""

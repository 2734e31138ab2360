#![allow(unused)]
use std::sync::Arc;
async fn store() -> (tempfile::TempDir, Arc<dyn ports::Store>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site data %20.db");
    let store = adapters::store::SqlStore::open_file(&path, Arc::new(domain::SystemClock::new())).await.unwrap();
    (folder, Arc::new(store))
}
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn budget_parallel_jobs_count_once() { let (_f, s) = store().await; ports::contract::store::budget::parallel_jobs_count_once(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn budget_waiting_counts_for_nothing() { let (_f, s) = store().await; ports::contract::store::budget::waiting_counts_for_nothing(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn budget_deciding_counts_for_nothing() { let (_f, s) = store().await; ports::contract::store::budget::deciding_counts_for_nothing(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn budget_a_crash_counts_until_the_last_sign_of_life() { let (_f, s) = store().await; ports::contract::store::budget::a_crash_counts_until_the_last_sign_of_life(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn budget_cancelling_ends_the_count() { let (_f, s) = store().await; ports::contract::store::budget::cancelling_ends_the_count(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn children_a_parent_wakes_when_few_enough_are_open() { let (_f, s) = store().await; ports::contract::store::children::a_parent_wakes_when_few_enough_are_open(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn children_a_parent_with_nothing_to_wait_for_goes_on() { let (_f, s) = store().await; ports::contract::store::children::a_parent_with_nothing_to_wait_for_goes_on(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn children_the_last_children_wake_their_parent_together() { let (_f, s) = store().await; ports::contract::store::children::the_last_children_wake_their_parent_together(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn children_children_that_fail_wake_their_parent_too() { let (_f, s) = store().await; ports::contract::store::children::children_that_fail_wake_their_parent_too(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn children_memo_and_results_are_kept() { let (_f, s) = store().await; ports::contract::store::children::memo_and_results_are_kept(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn children_later_children_count_too() { let (_f, s) = store().await; ports::contract::store::children::later_children_count_too(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commit_everything_is_written_together() { let (_f, s) = store().await; ports::contract::store::commit::everything_is_written_together(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commit_one_of_many_commits() { let (_f, s) = store().await; ports::contract::store::commit::one_of_many_commits(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commit_a_lost_attempt_writes_nothing() { let (_f, s) = store().await; ports::contract::store::commit::a_lost_attempt_writes_nothing(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commit_a_cancelled_job_writes_nothing() { let (_f, s) = store().await; ports::contract::store::commit::a_cancelled_job_writes_nothing(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commit_a_refused_write_takes_all_back() { let (_f, s) = store().await; ports::contract::store::commit::a_refused_write_takes_all_back(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_a_crash_beside_others_makes_suspects() { let (_f, s) = store().await; ports::contract::store::crash::a_crash_beside_others_makes_suspects(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_crashes_alone_are_counted_until_it_is_given_up() { let (_f, s) = store().await; ports::contract::store::crash::crashes_alone_are_counted_until_it_is_given_up(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_a_step_that_ends_clears_the_record() { let (_f, s) = store().await; ports::contract::store::crash::a_step_that_ends_clears_the_record(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_a_stage_that_kills_fails_with_words() { let (_f, s) = store().await; ports::contract::store::crash::a_stage_that_kills_fails_with_words(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_a_child_that_kills_wakes_its_parent() { let (_f, s) = store().await; ports::contract::store::crash::a_child_that_kills_wakes_its_parent(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_a_profile_that_kills_fails_its_dataset() { let (_f, s) = store().await; ports::contract::store::crash::a_profile_that_kills_fails_its_dataset(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_many_who_reconcile_count_a_crash_once() { let (_f, s) = store().await; ports::contract::store::crash::many_who_reconcile_count_a_crash_once(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn datasets_is_stored_with_the_job_that_profiles_it() { let (_f, s) = store().await; ports::contract::store::datasets::is_stored_with_the_job_that_profiles_it(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn datasets_settles_as_ready() { let (_f, s) = store().await; ports::contract::store::datasets::settles_as_ready(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn datasets_settles_as_failed() { let (_f, s) = store().await; ports::contract::store::datasets::settles_as_failed(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn datasets_settling_wakes_the_pipelines_that_wait() { let (_f, s) = store().await; ports::contract::store::datasets::settling_wakes_the_pipelines_that_wait(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn datasets_versions_count_from_one() { let (_f, s) = store().await; ports::contract::store::datasets::versions_count_from_one(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn datasets_can_be_described() { let (_f, s) = store().await; ports::contract::store::datasets::can_be_described(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn datasets_is_deleted_only_when_nobody_needs_it() { let (_f, s) = store().await; ports::contract::store::datasets::is_deleted_only_when_nobody_needs_it(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn datasets_a_pipeline_and_a_delete_never_both_win() { let (_f, s) = store().await; ports::contract::store::datasets::a_pipeline_and_a_delete_never_both_win(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deployments_a_name_is_taken_and_extended() { let (_f, s) = store().await; ports::contract::store::deployments::a_name_is_taken_and_extended(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deployments_many_deploys_make_as_many_versions() { let (_f, s) = store().await; ports::contract::store::deployments::many_deploys_make_as_many_versions(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deployments_a_name_belongs_to_one_owner() { let (_f, s) = store().await; ports::contract::store::deployments::a_name_belongs_to_one_owner(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deployments_any_version_can_answer() { let (_f, s) = store().await; ports::contract::store::deployments::any_version_can_answer(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deployments_a_removed_name_is_free() { let (_f, s) = store().await; ports::contract::store::deployments::a_removed_name_is_free(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deployments_a_pipeline_that_is_gone_is_not_deployed() { let (_f, s) = store().await; ports::contract::store::deployments::a_pipeline_that_is_gone_is_not_deployed(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deployments_every_change_is_announced() { let (_f, s) = store().await; ports::contract::store::deployments::every_change_is_announced(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_events_are_numbered_without_gaps() { let (_f, s) = store().await; ports::contract::store::events::events_are_numbered_without_gaps(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_many_reporters_leave_no_gap() { let (_f, s) = store().await; ports::contract::store::events::many_reporters_leave_no_gap(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_every_turn_is_told() { let (_f, s) = store().await; ports::contract::store::events::every_turn_is_told(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_a_report_is_written_by_the_holder_alone() { let (_f, s) = store().await; ports::contract::store::events::a_report_is_written_by_the_holder_alone(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_bars_are_drawn_over_and_ordered() { let (_f, s) = store().await; ports::contract::store::events::bars_are_drawn_over_and_ordered(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_trials_are_replaced_and_ordered() { let (_f, s) = store().await; ports::contract::store::events::trials_are_replaced_and_ordered(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_one_of_many_claims_a_job() { let (_f, s) = store().await; ports::contract::store::jobs::one_of_many_claims_a_job(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_every_job_is_claimed_once() { let (_f, s) = store().await; ports::contract::store::jobs::every_job_is_claimed_once(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_nobody_goes_away_while_there_is_work() { let (_f, s) = store().await; ports::contract::store::jobs::nobody_goes_away_while_there_is_work(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_owners_share_fairly() { let (_f, s) = store().await; ports::contract::store::jobs::owners_share_fairly(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_the_oldest_comes_first() { let (_f, s) = store().await; ports::contract::store::jobs::the_oldest_comes_first(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_a_retry_waits_for_its_time() { let (_f, s) = store().await; ports::contract::store::jobs::a_retry_waits_for_its_time(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_kinds_do_not_mix() { let (_f, s) = store().await; ports::contract::store::jobs::kinds_do_not_mix(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_depths_tell_what_waits_and_runs() { let (_f, s) = store().await; ports::contract::store::jobs::depths_tell_what_waits_and_runs(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leases_a_lease_holds_while_it_is_renewed() { let (_f, s) = store().await; ports::contract::store::leases::a_lease_holds_while_it_is_renewed(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leases_a_new_attempt_takes_the_lease() { let (_f, s) = store().await; ports::contract::store::leases::a_new_attempt_takes_the_lease(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leases_cancelling_ends_a_lease() { let (_f, s) = store().await; ports::contract::store::leases::cancelling_ends_a_lease(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leases_a_release_counts_for_nothing() { let (_f, s) = store().await; ports::contract::store::leases::a_release_counts_for_nothing(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leases_only_the_named_workers_leases_are_freed() { let (_f, s) = store().await; ports::contract::store::leases::only_the_named_workers_leases_are_freed(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_pages_hold_every_row_once() { let (_f, s) = store().await; ports::contract::store::lists::pages_hold_every_row_once(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_pipelines_are_filtered() { let (_f, s) = store().await; ports::contract::store::lists::pipelines_are_filtered(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn models_a_model_is_stored_and_replaced() { let (_f, s) = store().await; ports::contract::store::models::a_model_is_stored_and_replaced(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn models_a_second_training_replaces_the_first() { let (_f, s) = store().await; ports::contract::store::models::a_second_training_replaces_the_first(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outbox_changes_leave_messages() { let (_f, s) = store().await; ports::contract::store::outbox::changes_leave_messages(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outbox_what_was_sent_is_removed() { let (_f, s) = store().await; ports::contract::store::outbox::what_was_sent_is_removed(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outbox_many_changes_leave_different_messages() { let (_f, s) = store().await; ports::contract::store::outbox::many_changes_leave_different_messages(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pipelines_begins_with_six_pending_stages() { let (_f, s) = store().await; ports::contract::store::pipelines::begins_with_six_pending_stages(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pipelines_needs_a_dataset() { let (_f, s) = store().await; ports::contract::store::pipelines::needs_a_dataset(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pipelines_is_cancelled_once() { let (_f, s) = store().await; ports::contract::store::pipelines::is_cancelled_once(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pipelines_what_has_ended_stays_as_it_is() { let (_f, s) = store().await; ports::contract::store::pipelines::what_has_ended_stays_as_it_is(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pipelines_only_a_failed_one_is_tried_again() { let (_f, s) = store().await; ports::contract::store::pipelines::only_a_failed_one_is_tried_again(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pipelines_is_deleted_only_when_finished_and_unused() { let (_f, s) = store().await; ports::contract::store::pipelines::is_deleted_only_when_finished_and_unused(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pipelines_a_delete_and_a_deployment_never_both_win() { let (_f, s) = store().await; ports::contract::store::pipelines::a_delete_and_a_deployment_never_both_win(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stages_a_stage_is_queued_once() { let (_f, s) = store().await; ports::contract::store::stages::a_stage_is_queued_once(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stages_the_first_claim_begins_stage_and_pipeline() { let (_f, s) = store().await; ports::contract::store::stages::the_first_claim_begins_stage_and_pipeline(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stages_a_stage_keeps_its_result() { let (_f, s) = store().await; ports::contract::store::stages::a_stage_keeps_its_result(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stages_progress_never_goes_back() { let (_f, s) = store().await; ports::contract::store::stages::progress_never_goes_back(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upkeep_time_does_not_go_back() { let (_f, s) = store().await; ports::contract::store::upkeep::time_does_not_go_back(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upkeep_mending_again_changes_nothing() { let (_f, s) = store().await; ports::contract::store::upkeep::mending_again_changes_nothing(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upkeep_artifacts_have_owners() { let (_f, s) = store().await; ports::contract::store::upkeep::artifacts_have_owners(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upkeep_pipelines_are_counted_by_state() { let (_f, s) = store().await; ports::contract::store::upkeep::pipelines_are_counted_by_state(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upkeep_actions_are_noted() { let (_f, s) = store().await; ports::contract::store::upkeep::actions_are_noted(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_a_user_is_found_by_id_and_name() { let (_f, s) = store().await; ports::contract::store::users::a_user_is_found_by_id_and_name(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_a_name_is_given_once() { let (_f, s) = store().await; ports::contract::store::users::a_name_is_given_once(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_a_token_signs_in_until_it_ends() { let (_f, s) = store().await; ports::contract::store::users::a_token_signs_in_until_it_ends(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_disabled_users_have_no_tokens() { let (_f, s) = store().await; ports::contract::store::users::disabled_users_have_no_tokens(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_a_new_password_ends_other_tokens() { let (_f, s) = store().await; ports::contract::store::users::a_new_password_ends_other_tokens(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_a_repeated_request_gets_the_first_answer() { let (_f, s) = store().await; ports::contract::store::users::a_repeated_request_gets_the_first_answer(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_a_key_stands_for_one_request() { let (_f, s) = store().await; ports::contract::store::users::a_key_stands_for_one_request(&s).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn artifacts_keeps_what_is_put() { let d=tempfile::tempdir().unwrap(); let p=adapters::artifacts::Folder::open(d.path()).await.unwrap(); ports::contract::artifacts::keeps_what_is_put(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn artifacts_large_files_pass_through() { let d=tempfile::tempdir().unwrap(); let p=adapters::artifacts::Folder::open(d.path()).await.unwrap(); ports::contract::artifacts::large_files_pass_through(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn artifacts_a_write_that_breaks_leaves_nothing() { let d=tempfile::tempdir().unwrap(); let p=adapters::artifacts::Folder::open(d.path()).await.unwrap(); ports::contract::artifacts::a_write_that_breaks_leaves_nothing(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn artifacts_a_reader_sees_one_whole_file() { let d=tempfile::tempdir().unwrap(); let p=adapters::artifacts::Folder::open(d.path()).await.unwrap(); ports::contract::artifacts::a_reader_sees_one_whole_file(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn artifacts_one_of_many_puts_once() { let d=tempfile::tempdir().unwrap(); let p=adapters::artifacts::Folder::open(d.path()).await.unwrap(); ports::contract::artifacts::one_of_many_puts_once(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn artifacts_a_range_is_cut_at_the_end() { let d=tempfile::tempdir().unwrap(); let p=adapters::artifacts::Folder::open(d.path()).await.unwrap(); ports::contract::artifacts::a_range_is_cut_at_the_end(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn artifacts_what_is_missing_is_not_found() { let d=tempfile::tempdir().unwrap(); let p=adapters::artifacts::Folder::open(d.path()).await.unwrap(); ports::contract::artifacts::what_is_missing_is_not_found(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn artifacts_deleting_twice_is_no_error() { let d=tempfile::tempdir().unwrap(); let p=adapters::artifacts::Folder::open(d.path()).await.unwrap(); ports::contract::artifacts::deleting_twice_is_no_error(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn artifacts_lists_by_prefix_in_order() { let d=tempfile::tempdir().unwrap(); let p=adapters::artifacts::Folder::open(d.path()).await.unwrap(); ports::contract::artifacts::lists_by_prefix_in_order(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn artifacts_bad_keys_are_refused_everywhere() { let d=tempfile::tempdir().unwrap(); let p=adapters::artifacts::Folder::open(d.path()).await.unwrap(); ports::contract::artifacts::bad_keys_are_refused_everywhere(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn artifacts_neighbours_never_disturb_each_other() { let d=tempfile::tempdir().unwrap(); let p=adapters::artifacts::Folder::open(d.path()).await.unwrap(); ports::contract::artifacts::neighbours_never_disturb_each_other(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bus_a_message_goes_to_one_consumer() { let p=adapters::bus::MemoryBus::default(); ports::contract::bus::a_message_goes_to_one_consumer(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bus_what_is_not_acknowledged_comes_again() { let p=adapters::bus::MemoryBus::default(); ports::contract::bus::what_is_not_acknowledged_comes_again(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bus_a_wait_that_is_given_up_loses_nothing() { let p=adapters::bus::MemoryBus::default(); ports::contract::bus::a_wait_that_is_given_up_loses_nothing(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bus_kinds_of_work_do_not_mix() { let p=adapters::bus::MemoryBus::default(); ports::contract::bus::kinds_of_work_do_not_mix(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bus_everybody_watching_gets_a_notice() { let p=adapters::bus::MemoryBus::default(); ports::contract::bus::everybody_watching_gets_a_notice(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bus_work_is_no_notice() { let p=adapters::bus::MemoryBus::default(); ports::contract::bus::work_is_no_notice(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cache_keeps_what_is_set() { let p=adapters::cache::MemoryCache::new(Arc::new(domain::SystemClock::new())); ports::contract::cache::keeps_what_is_set(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cache_a_value_ends() { let p=adapters::cache::MemoryCache::new(Arc::new(domain::SystemClock::new())); ports::contract::cache::a_value_ends(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cache_a_counter_ends_after_its_first_addition() { let p=adapters::cache::MemoryCache::new(Arc::new(domain::SystemClock::new())); ports::contract::cache::a_counter_ends_after_its_first_addition(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cache_one_of_many_sets_what_is_absent() { let p=adapters::cache::MemoryCache::new(Arc::new(domain::SystemClock::new())); ports::contract::cache::one_of_many_sets_what_is_absent(&p).await; }
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cache_every_addition_counts() { let p=adapters::cache::MemoryCache::new(Arc::new(domain::SystemClock::new())); ports::contract::cache::every_addition_counts(&p).await; }

"""What is held in memory: of block lists what changes, of others a few kilobytes an object."""

import gc
import tracemalloc


def peak(work):
    """The most that `work` allocated at any one time, and its result."""
    gc.collect()
    tracemalloc.start()
    try:
        result = work()
        return tracemalloc.get_traced_memory()[1], result
    finally:
        tracemalloc.stop()


def test_a_block_list_is_held_in_a_few_bytes_a_number(site):
    small, large = site(numbers=20_000, extra=50), site(numbers=80_000, extra=50)
    site(numbers=1_000).plan()  # what is imported and compiled once
    few, _ = peak(small.plan)
    many, plan = peak(large.plan)
    assert len(plan.changes[0].members.add) == 50
    # One text of eleven digits in one set takes about a hundred.
    assert (many - few) / 60_000 < 40


def test_what_changes_in_a_block_list_is_held_in_a_few_bytes_as_well(site):
    site(numbers=1_000).plan()
    few, _ = peak(site(numbers=10_000, extra=1_000).plan)
    many, plan = peak(site(numbers=10_000, extra=41_000).plan)
    assert len(plan.changes[0].members.add) == 41_000
    assert (many - few) / 40_000 < 80


def test_a_plan_without_changes_takes_kilobytes_an_object_and_grows_evenly(site):
    sizes = (200, 700, 1_200)
    projects = [site(templates=size) for size in sizes]
    for project in projects:
        project.apply()
    first, second, third = (peak(project.plan)[0] for project in projects)
    # Manifest, live object and state row: each has the texts once.
    assert (second - first) / 500 < 30_000
    assert (third - second) < 1.3 * (second - first)


def test_state_remembers_added_numbers_in_a_few_bytes_each(site):
    project = site(numbers=30_000, live=False)
    project.apply()
    members = project.store.members(next(iter(project.store.objects())))
    assert len(members) == 30_000
    assert len(members.to_bytes()) < 5 * 30_000
    assert project.store.open_entries() == []

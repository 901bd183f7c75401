from reconciler.model.plan import Plan

PLAN = Plan(changes=(), unchanged=4)

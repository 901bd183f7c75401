# syntax=docker/dockerfile:1
# An image of reconciler for GitLab, Kubernetes and whatever else runs containers.
#
# The digest below is what public repositories pinned for this tag in September 2026. It was not
# pulled where this file was written, which has no registry: compare before the first build, and
# renew it with the tag, by `docker buildx imagetools inspect python:3.13-slim`.
ARG PYTHON=python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b

FROM ${PYTHON} AS build
# core: what every installation needs. team: state in PostgreSQL and object stores, policies, age.
ARG EXTRAS=team
WORKDIR /src
COPY requirements-run.lock requirements-core.lock
COPY requirements-team.lock requirements-team.lock
RUN python -m venv /opt/reconciler
RUN /opt/reconciler/bin/python -m pip install --no-cache-dir --no-compile --only-binary :all: --require-hashes --requirement requirements-${EXTRAS}.lock
COPY LICENSE README.md CHANGELOG.md pyproject.toml ./
COPY docs docs
COPY schemas schemas
COPY examples examples
COPY reconciler reconciler
RUN /opt/reconciler/bin/python -m pip install --no-cache-dir --no-compile --no-deps --no-build-isolation .

FROM ${PYTHON}
LABEL org.opencontainers.image.title="reconciler" \
      org.opencontainers.image.description="Configuration as code for e-mail and SMS providers" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/reconciler/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
COPY --from=build /opt/reconciler /opt/reconciler
WORKDIR /project
USER 65532:65532
ENTRYPOINT ["reconciler"]

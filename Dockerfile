# One image for web, worker, beat and the one-shot migrations. Tags are pinned; where the registry can be asked, pin the
# digests as well (`docker buildx imagetools inspect IMAGE` prints them): python:3.11.7-slim-bookworm@sha256:…

FROM node:24.19.0-bookworm-slim AS assets
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY assets assets
RUN npm run build

FROM python:3.11.14-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements/base.txt requirements/build.txt /requirements/
RUN /venv/bin/pip install --require-hashes -r /requirements/base.txt
# Babel compiles the catalogues here; the running image does not carry it.
RUN python -m venv /babel && /babel/bin/pip install --require-hashes -r /requirements/build.txt
WORKDIR /app
COPY . .
COPY --from=assets /src/static/build static/build
RUN /babel/bin/python -c "from doctolib.dev import translations; translations.compile_all()"
# Django wants every variable; these go no further than this step.
RUN DJANGO_SECRET_KEY=build-only-build-only-build-only-build-only-build-only DJANGO_DEBUG=false \
    WWW_HOST=www.invalid PRO_HOST=pro.invalid ADMIN_HOST=admin.invalid \
    DATABASE_URL=postgresql://none@localhost/none REDIS_URL=redis://localhost/0 \
    SCOPE_TOKEN_KEY=0000000000000000000000000000000000000000000000000000000000000000 \
    KMS_ALLOW_LOCAL=true PLATFORM_NETWORKS=192.0.2.0/24 SMS_BACKEND=none EMAIL_FROM=none@www.invalid \
    /venv/bin/python manage.py collectstatic --no-input

FROM python:3.11.14-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin doctolib \
    && install --directory --owner 10001 --group 10001 --mode 0700 /media /run/doctolib
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "--config", "deploy/gunicorn.py", "doctolib.wsgi:application"]

# The service in one image: the web (default), the worker and the scheduler differ by their command only.
FROM node:22-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
COPY requirements/base.txt /tmp/base.txt
RUN pip install --no-cache-dir --require-hashes -r /tmp/base.txt
WORKDIR /app
COPY . .
COPY --from=packages /app/node_modules node_modules
ENV VAR_DIR=/app/var STATICFILES_STORAGE=whitenoise.storage.CompressedManifestStaticFilesStorage
# The settings ask for these two; collecting files uses neither, and nothing of them stays in the image.
RUN SECRET_KEY=unused DATABASE_URL=postgres://unused@unused/unused python manage.py collectstatic --noinput \
    && rm -rf node_modules \
    && mkdir -p var/files

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    VAR_DIR=/app/var \
    PROMETHEUS_MULTIPROC_DIR=/tmp/metrics \
    LOG_FORMAT=json \
    STATICFILES_STORAGE=whitenoise.storage.CompressedManifestStaticFilesStorage
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin sarcoma
COPY --from=build /venv /venv
COPY --from=build /app /app
RUN chown -R sarcoma:sarcoma /app/var/files
WORKDIR /app
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind=0.0.0.0:8000", "--workers=2", "--worker-class=gthread", "--threads=4", \
     "--timeout=60", "--keep-alive=5", "--preload", "--worker-tmp-dir=/dev/shm", "--no-control-socket", "--log-level=warning"]

# syntax=docker/dockerfile:1
# The one image of Waystation: web and worker are commands of it.

# --- The browser side ---
FROM node:24-slim AS assets
WORKDIR /source
COPY widgets/package.json widgets/package-lock.json widgets/
RUN npm ci --prefix widgets --no-audit --no-fund
COPY widgets widgets
RUN npm --prefix widgets run build

# --- The server side, with the browser side inside, as a wheel ---
FROM python:3.11-slim AS wheel
WORKDIR /source
COPY . .
COPY --from=assets /source/widgets/dist widgets/dist
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheel .

# --- What runs ---
FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1
RUN useradd --system --uid 10001 --user-group --no-create-home waystation
# The packages change less often than the code, so they are a layer of their own.
COPY requirements-runtime.lock /
RUN pip install --no-cache-dir --require-hashes --requirement /requirements-runtime.lock
RUN --mount=type=bind,from=wheel,source=/wheel,target=/wheel pip install --no-cache-dir --no-index --no-deps /wheel/*.whl
USER waystation
WORKDIR /tmp
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
# Exec form: the process gets SIGTERM itself and stops in stages.
ENTRYPOINT ["python", "-m", "gateway"]
CMD ["web", "--host", "0.0.0.0", "--port", "8000"]

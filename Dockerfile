# The sources, and pip's caches, stay in the first stage.
FROM python:3.13-slim AS build
WORKDIR /source
COPY requirements/serve.txt requirements/serve.txt
RUN python -m venv /opt/mockserver \
    && /opt/mockserver/bin/pip install --no-cache-dir --require-hashes -r requirements/serve.txt
COPY pyproject.toml README.md LICENSE ./
COPY mockserver mockserver
COPY contracts contracts
COPY scenarios scenarios
RUN /opt/mockserver/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
LABEL org.opencontainers.image.title="videojob-mockserver" \
      org.opencontainers.image.description="A fake of Phaseo's, TwelveLabs' and Reap's job APIs, in virtual time" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/mockserver /opt/mockserver
RUN useradd --system --uid 10001 --home-dir /work mockserver && install -d -o mockserver /work
ENV PATH=/opt/mockserver/bin:$PATH PYTHONUNBUFFERED=1
# Scenarios of the project are mounted at /work/scenarios.
WORKDIR /work
USER 10001
EXPOSE 4810
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:4810/__mock/health', timeout=2)"]
# Off loopback the admin API needs a token: `serve` generates one and prints it, unless MOCKSERVER_ADMIN_TOKEN is set.
ENTRYPOINT ["mockserver"]
CMD ["serve", "--host", "0.0.0.0", "--port", "4810"]

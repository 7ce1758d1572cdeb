# For machines without a registry: nginx as Debian testing has it, since the release has an older one.
FROM debian:trixie-slim
RUN sed -E '/^deb /!d; s/^deb (\[.*\] )?/deb [check-valid-until=no] /; s/trixie/testing/' /etc/apt/sources.list >/etc/apt/sources.list.d/testing.list \
  && apt-get update && apt-get install --yes --no-install-recommends nginx && rm -rf /var/lib/apt/lists/*
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]

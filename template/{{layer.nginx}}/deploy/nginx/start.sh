#!/bin/sh
# Writes what depends on the environment to /tmp/settings and starts nginx, or has it check its
# configuration (-t).
set -eu
umask 077
settings=/tmp/settings
mkdir -p $settings

# The networks that are believed, in the two forms that nginx wants them in.
: >$settings/proxies.geo
: >$settings/proxies.conf
for network in $TRUSTED_PROXIES; do
  echo "$network 1;" >>$settings/proxies.geo
  echo "set_real_ip_from $network;" >>$settings/proxies.conf
done

case $RATE_LIMIT$CONNECTION_LIMIT in
*[!0-9]*)
  echo "RATE_LIMIT and CONNECTION_LIMIT must be whole numbers, not '$RATE_LIMIT' and '$CONNECTION_LIMIT'" >&2
  exit 1
  ;;
esac
echo "limit_req_zone \$limited_client zone=requests:10m rate=${RATE_LIMIT}r/m;" >$settings/zones.conf
cat >$settings/limits.conf <<END
limit_req zone=requests burst=$((RATE_LIMIT / 2)) nodelay;
limit_conn connections $CONNECTION_LIMIT;
END

: >$settings/tls.conf
if [ -n "${TLS_CERTIFICATE:-}" ]; then
  cat >$settings/tls.conf <<END
listen 8443 ssl;
http2 on;
ssl_certificate $TLS_CERTIFICATE;
ssl_certificate_key $TLS_CERTIFICATE;
ssl_protocols TLSv1.2 TLSv1.3;
ssl_session_cache shared:tls:10m;
if (\$client_scheme = http) {
    return 308 https://\$host:$TLS_PORT\$request_uri;
}
END
fi

# A check comes before the replicas, whose name nobody knows then: any address will do for it.
config=/etc/nginx/deploy/nginx.conf
if [ "${1:-}" = -t ]; then
  sed 's/server app:/server 127.0.0.1:/' $config >/tmp/check.conf
  config=/tmp/check.conf
fi
exec nginx -e stderr -c $config -g 'daemon off;' "$@"

# For machines without a registry: what compose.yaml asks of the official image, with Debian's server.
FROM debian:trixie-slim
RUN apt-get update && apt-get install --yes --no-install-recommends mariadb-server && rm -rf /var/lib/apt/lists/* \
  && rm -rf /var/lib/mysql && install -d -o mysql -g mysql -m 1777 /var/lib/mysql /run/mysqld \
  && sed -i 's/^bind-address/#&/' /etc/mysql/mariadb.conf.d/50-server.cnf
# Runs as whom Compose says; what makes the database runs once, with a password from a file.
RUN printf '%s\n' '#!/bin/bash' 'set -eu' \
  'if [ ! -d /var/lib/mysql/mysql ]; then' \
  '  mariadb-install-db --skip-test-db >/dev/null' \
  '  mariadbd --bootstrap <<SQL' \
  'FLUSH PRIVILEGES;' \
  'CREATE DATABASE $MARIADB_DATABASE;' \
  "CREATE USER '\$MARIADB_USER'@'%' IDENTIFIED BY '\$(cat \$MARIADB_PASSWORD_FILE)';" \
  "GRANT ALL ON \$MARIADB_DATABASE.* TO '\$MARIADB_USER'@'%';" \
  'CREATE USER healthcheck@127.0.0.1;' \
  'SQL' \
  'fi' \
  'exec "$@"' >/usr/local/bin/docker-entrypoint.sh \
  && printf '%s\n' '#!/bin/bash' 'exec mariadb-admin --user healthcheck --host 127.0.0.1 ping' >/usr/local/bin/healthcheck.sh \
  && chmod 755 /usr/local/bin/docker-entrypoint.sh /usr/local/bin/healthcheck.sh
VOLUME /var/lib/mysql
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["mariadbd"]

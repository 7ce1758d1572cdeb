"""How SQLAlchemy speaks to MariaDB."""

DRIVER = "mariadb+aiomysql"

"""How SQLAlchemy speaks to MariaDB."""

DRIVER = "mariadb+pymysql"

"""Answers that have broken templates before, by what they break."""

from __future__ import annotations

from itertools import chain

# fmt: off
HOSTILE: dict[str, list[str]] = {
    "quotes": [
        "'", '"', "`", "'''", '"""', "O'Brien", 'say "hi"', "it's \"both\"", "'quoted'",
        '"quoted"', "“curly”", "‘curly’", "«guillemets»", "„low“", "a''b",
        "'; DROP TABLE posts; --", "1' OR '1'='1", '"); print("x', "''')", '"""+1',
        "=cmd|' /C calc'!A0",
    ],
    "backslashes": [
        "\\", "a\\", "\\n", "\\x00", "C:\\new\\table", "\\u0041", "\\N{DASH}",
        "\\\\server\\share", "a\\'b", "\\b", "${x\\}",
    ],
    "line ends": [
        *(f"one{end}two" for end in "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"),
        "one\r\ntwo", "one\n", "\none", "\n", "one\n\n[tool.evil]\nx = 1", "one\nRUN id",
    ],
    "templates": [
        "{{ 7*7 }}", "{{", "}}", "{{{{", "{% raw %}", "{%", "%}", "{# note #}", "{#", "#}", "{",
        "}", "{{ project_name }}", "{{ ''.__class__.__mro__ }}", "{% include '/etc/passwd' %}",
        "{}", "{0}", "{x!r}", "a}b", "${{ secrets.TOKEN }}", "<%= 1 %>", "#{x}", "[[ x ]]",
        "%{x}",
    ],
    "shell": [
        "$(id)", "`id`", "$HOME", "${HOME}", "$$", "$", "; ls -d ~", "&& id", "| id", "> out",
        "< in", "a; id", "a & b", "a && b", "a | b", "a > b", "!!", "wow!", "*", "?", "~",
        "~root", "[ab]", "a # b", "#", "-rf", "--help", "-", "%PATH%", "$IFS", "$(", "a=b", "(a)",
        "a\tb", "\t",
    ],
    "formats": [
        "%s", "%(name)s", "%%", "100%", "%d%n", "{name}", "%00", "%0a", "&#10;", "\x1b[31mred",
        "${jndi:ldap://x}", "%H:%M", "%[src]", "%(", "a%",
    ],
    "YAML": [
        ": ", "a: b", "a:", ":a", "- a", "? a", "[a", "]", "[a, b]", "&a", "*a", "!a", "|", ">",
        "@a", "!!python/object/apply:os.system [id]", "%YAML 1.2", "---", "...", "~", "=", "<<",
        "a #b", "null", "Null", "true", "True", "yes", "no", "on", "off", "y", "n", "1e3", "0x10",
        "0o7", "1_000", "12:30:45", "2026-11-22", ".inf", ".nan", "0", "-1", "1.0", "a, b",
    ],
    "TOML and Python": [
        "[a]", "[[a]]", "a = 1", "= 1", "None", "False", "__import__('os')", "f'x'", "b'x'",
        "lambda: 0", "a.b", "# noqa", "...", "@property", "a\\nb", "*args", "1/0", "pass",
    ],
    "Markdown and HTML": [
        "# title", "* a", "_a_", "**a**", "[a](b)", "![a](b)", "<script>alert(1)</script>",
        "a < b", "</title>", "<!-- -->", "&lt;", "&amp;", "R&D", "|a|b|", "~~~", "```",
        "javascript:alert(1)", "1. a", "+ a", "> a", "a\xa0b", "http://example.org/?a=1&b=2#c",
    ],
    "control characters": [
        *(f"a{chr(code)}b" for code in (*range(9), *range(14, 28), 31, 127, *range(128, 160, 3))),
    ],
    "invisible and bidirectional": [
        *(
            f"a{character}b"
            for character in "\u200b\u200c\u200d\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e"
            "\u2060\u2066\u2067\u2068\u2069\ufeff\u00ad\u180e\ufff9\U000e0001\U000e0041\u2064"
            "\u034f\u115f\u2800\u3164\uffa0"
        ),
        "\u202egnp.exe", "admin\u202e\u2066// \u2069\u2066", "\u3164", "\ufeffname",
    ],
    "spaces": [
        "", " ", "   ", " a", "a ", "\u3000", "a\u3000b", "\u2003", "a\u2003b", "\xa0a", "a  b",
        " a b ",
    ],
    "code points": [
        "\ue000", "\U000f0000", "\U0010ffff", "a\uffff", "\u0378", "a\ud800", "\udfff", "\ufdd0",
    ],
    "lengths": [
        *("a" * length for length in (40, 41, 60, 61, 200, 201, 1000, 100_000)),
        "東" * 60, "東" * 61, "a b " * 15, "a-" * 21, "a_" * 21, "Zalgo" + "\u0301\u0489" * 20,
    ],
    "paths": [
        "../x", "..", ".", "/etc/passwd", "a/b", "a//b", "C:/x", "con", "nul", "aux.txt", "com1",
        "LPT1", "file:///x", ".git", ".env", "a/../../b", "~/x", "a.py", "/", "./a", "a/",
        "tests/../x",
    ],
    "reserved": [
        "class", "import", "None", "match", "type", "lambda", "os", "sys", "json", "test",
        "tests", "typing", "asyncio", "site", "src", "migrations", "deploy", "docs", "conftest",
        "fastapi", "redis", "sqlalchemy", "pydantic", "pydantic-settings", "pydantic_settings",
        "starlette", "psycopg", "aiomysql", "yaml", "pyyaml", "anyio", "flask", "django",
        "celery", "mysql", "postgres", "root", "uv", "pip", "setuptools", "sentry-sdk",
        "prometheus_client", "FastAPI",
    ],
    "look-alikes": [
        "аpi", "ｆｕｌｌ", "ⅸ", "ſervice", "Kelvin", "οrder", "ﬁle", "١٢", "x²", "a‐b", "a−b",
        "a／b", "a․b", "ıd", "café", "cafe\u0301", "ª", "ᵃ",
    ],
    "scripts": [
        "שירות הזמנות", "خدمة الطلبات", "ह\u093fन\u094dद\u0940 स\u0947व\u093e", "บร\u0e34การ",
        "주문 서비스", "注文サービス", "訂單服務", "Заказы", "შეკვეთები", "ትዕዛዝ", "Đơn hàng",
        "Æsir & Øre", "Ünïcödé",
    ],
    "emoji": [
        "🚀", "🚀 Launch", "☕\ufe0f", "1\ufe0f\u20e3", "👩\u200d👩\u200d👧", "👍🏽", "🇺🇳",
        "🏴\U000e0067\U000e0062\U000e007f", "a🙂b",
    ],
    "shapes": [
        "A", "a", "Z9", "9", "9a", "_a", "a_", "__a__", "a__b", "-a", "a-", "a--b", "a-b", "a_b",
        "a b", "A-B", "aB", "a.b.c", "a+b", "a@b", "a,b", "a;b", "a:b", "x-1", "x_1", "x1",
    ],
}
# fmt: on

ALL = list(dict.fromkeys(chain.from_iterable(HOSTILE.values())))

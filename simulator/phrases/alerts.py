"""What monitoring writes: checks, the objects they watch, and four tools' ways to say it."""

CHECKS = (
    ("disk usage", "%", "filesystem almost full"),
    ("cpu load", "%", "processor load high"),
    ("memory usage", "%", "memory exhausted"),
    ("service state", "s", "service not running"),
    ("response time", "ms", "slow response"),
    ("queue length", "items", "queue is growing"),
    ("backup job", "min", "job ended with errors"),
    ("certificate", "days", "certificate about to expire"),
    ("replication lag", "s", "replica is behind"),
    ("interface errors", "pkt", "errors on interface"),
    ("http check", "ms", "unexpected status"),
    ("log pattern", "hits", "pattern found in log"),
)
"""Name, unit and meaning of each check."""

OBJECTS = (
    "/var", "/data", "C:", "D:", "eth0", "Gi1/0/{k}", "W3SVC", "MSSQLSERVER", "spooler", "oracle/ARC{k}",
    "job NIGHT_{k}", "job EXP_{k}", "queue orders.{k}", "queue mail.out", "TS_DATA{k}", "vhost portal",
    "pool app{k}", "sap/DIA", "sap/BTC", "lun{k}", "vlan {k}0", "api /v{k}/orders", "ldap", "ntp",
    "/home", "/opt/app{k}", "E:", "bond0", "Te1/1/{k}", "tomcat{k}", "postgresql", "smtp",
    "job INVOICE_{k}", "job SYNC_{k}", "queue payments.{k}", "docker web{k}",
)  # fmt: skip
"""What is watched on a host; {k} is a number."""

TITLES = (
    "{host}: {check} on {object} CRITICAL ({value}{unit})",
    "PROBLEM - {check} {object} on {host} is {value}{unit}",
    "[ALERT] {host} {object} {check} {value} {unit}",
    "{object} {check} threshold exceeded @ {host}",
)
BODIES = (
    "Notification Type: PROBLEM\nHost: {host}\nService: {check} {object}\nState: CRITICAL\nInfo: {text}, {value}{unit}\nAlert id {id}",
    "Trigger: {text} ({object})\nTrigger severity: High\nHost: {host}\nItem value: {value} {unit}\nOriginal event ID: {id}",
    "Alert: {check}\nSource: {object}\nPath: {host}.corp.example.com\nLast modified by: System\nAlert description: {text}; current value {value}",
    "labels: instance={host}:9100 object={object} severity=page\nannotations: {text}, value={value}\nfingerprint={id}",
)

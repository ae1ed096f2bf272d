"""What the HAProxy of a host and that of a balancer have alike in their configurations."""

from __future__ import annotations

HEAD = """\
# {{ ansible_managed }}
global
    user haproxy
    group haproxy
    maxconn 20000
    # A host that gives fewer files than it asks for has fewer connections: the alternative is not to start.
    no strict-limits
    hard-stop-after {{ proxy_drain_seconds }}s
    stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners
    log /dev/log local0
    ssl-default-bind-options ssl-min-ver TLSv1.2

defaults
    mode http
    log global
    option httplog
    # What went well is not written down: the journal has errors, and hosts that come and go.
    option dontlog-normal
    timeout connect 1s
    timeout check 3s
    timeout client 5m
    timeout server 5m
    timeout tunnel 24h
    # A switch waits for those that are connected and silent: shorter than on the local target.
    timeout http-request 10s
    timeout http-keep-alive 10s
    # After a reload a connection that waits has one more answer, which says that it closes: a client loses no request.
    option idle-close-on-response
    option redispatch 1
    retries 2
    # Another host may be asked again what changes nothing; of what does, only whether the connection came about.
    retry-on conn-failure empty-response
"""
"""What stands first. The limits of time of a request are those of the local target."""

MEASURES_PORT = 8405
MEASURES = f"""\
# Measures for Prometheus, to who asks on this host: an agent of your monitoring, and nobody from elsewhere.
frontend host.measures
    bind 127.0.0.1:{MEASURES_PORT}
    http-request use-service prometheus-exporter if {{ path /metrics }}

"""
"""What tells how much was asked, how long it took, and what failed."""

EDGE = """\
    # What a client says of itself counts for nothing.
    http-request set-header X-Forwarded-For %[src]
    http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]
"""
"""What a frontend has to which clients come."""

REDIRECT = """\
{% set proxy_taken = services | selectattr('kind', 'equalto', 'http') | map(attribute='proxy_port') | list %}
{% if proxy_certificate and 443 in proxy_taken and 80 not in proxy_taken %}
frontend to.tls
    bind :80
    http-request redirect scheme https code 308

{% endif %}
"""
"""Who asks without encryption is sent to the same address with it; a POST stays one."""

TLS = "{{ ' ssl crt ' ~ proxy_certificate ~ ' alpn h2,http/1.1' if proxy_certificate else '' }}"
"""What a `bind` has that clients come to."""

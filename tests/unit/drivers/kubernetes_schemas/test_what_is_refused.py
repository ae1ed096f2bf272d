"""What the validation of Kubernetes' own kinds refuses, one mistake each in an object that it takes."""

from __future__ import annotations

import pytest

from kr8.drivers.kubernetes_schemas.refusals import refusals
from kr8.drivers.yaml_files import reader

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels: {app.kubernetes.io/name: web}
spec:
  replicas: 2
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 150%, maxUnavailable: 0}}
  selector:
    matchLabels: {app: web}
    matchExpressions: [{key: tier, operator: In, values: [front]}]
  template:
    metadata: {labels: {app: web, tier: front}}
    spec:
      nodeSelector: {kubernetes.io/os: linux}
      tolerations: [{key: gpu, operator: Exists}]
      initContainers: [{name: first, image: "a:1", ports: [{name: http, containerPort: 81}]}]
      containers:
        - name: web
          image: web:1
          ports: [{name: http, containerPort: 80}, {name: metrics, containerPort: 9090}]
          env: [{name: A, value: b}, {name: A.b-c, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
          resources: {requests: {cpu: 500m, memory: 64Mi}, limits: {cpu: "0.5", memory: 0.1G}}
          livenessProbe: {httpGet: {path: /up, port: http}, periodSeconds: 5}
          readinessProbe: {tcpSocket: {port: 80}, successThreshold: 2}
          securityContext: {allowPrivilegeEscalation: false, privileged: false, runAsUser: 1000}
          volumeMounts: [{name: data, mountPath: /data, subPath: a/b}, {name: conf, mountPath: /conf}]
      volumes: [{name: data}, {name: conf, configMap: {name: conf, defaultMode: 0440}}]
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: ClusterIP
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: http}, {name: dns, port: 80, protocol: UDP, targetPort: 5353}]
"""
STATEFUL_SET = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: "db:1", volumeMounts: [{name: data, mountPath: /data}]}]}
  volumeClaimTemplates: [{metadata: {name: data}}]
"""
CRON_JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: report}
spec:
  schedule: "*/5 8-18 1,15 jan-jun MON-FRI"
  jobTemplate:
    spec:
      backoffLimit: 2
      template: {spec: {restartPolicy: Never, containers: [{name: report, image: "r:1"}]}}
"""
SCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 4
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]
"""
BUDGET = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {minAvailable: 50%}\n"
SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: tls}
type: kubernetes.io/tls
data: {tls.key: YQ==, tls.crt: YQ==}
"""
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a.conf: x}\nbinaryData: {b: YQ==}\n"
CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""
INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
    - host: "*.shop.example"
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
"""
POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: {}
  ingress: [{from: [{podSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 80, endPort: 90}]}]
"""
TAKEN = (DEPLOYMENT, SERVICE, STATEFUL_SET, CRON_JOB, SCALER, BUDGET, SECRET, SETTINGS, CLAIM, INGRESS, POLICY)
POD = "spec.template.spec"
WEB = f"{POD}.containers.0"
JOB = "spec.jobTemplate.spec"


def refused(text: str) -> list[str]:
    """Where."""
    (node,) = reader.read({"a.yaml": text.encode()}).manifests()
    return [".".join(map(str, way)) for way, _ in refusals(node)]


@pytest.mark.parametrize("text", TAKEN)
def test_what_is_right_is_taken(text: str) -> None:
    assert refused(text) == []


@pytest.mark.parametrize("text", TAKEN)
def test_kinds_of_others_that_have_the_same_name_are_left_alone(text: str) -> None:
    version = text.splitlines()[0]
    assert refused(text.replace(version, "apiVersion: serving.example.dev/v1").replace("name: ", "name: _")) == []


@pytest.mark.parametrize(
    ("text", "right", "wrong", "where"),
    [
        (DEPLOYMENT, "name: web\n  namespace", "name: Web\n  namespace", "metadata.name"),
        (DEPLOYMENT, "  name: web\n", "", "metadata.name"),
        (DEPLOYMENT, "namespace: shop", "namespace: my.shop", "metadata.namespace"),
        (DEPLOYMENT, "name: web}\nspec", "name: a web}\nspec", "metadata.labels.app.kubernetes.io/name"),
        (DEPLOYMENT, "app.kubernetes.io/name", "App/web/x", "metadata.labels.App/web/x"),
        (DEPLOYMENT, "replicas: 2", "replicas: -1", "spec.replicas"),
        (DEPLOYMENT, "150%", '"150"', "spec.strategy.rollingUpdate.maxSurge"),
        (DEPLOYMENT, "maxUnavailable: 0", "maxUnavailable: 110%", "spec.strategy.rollingUpdate.maxUnavailable"),
        (DEPLOYMENT, "maxSurge: 150%", "maxSurge: 0", "spec.strategy.rollingUpdate.maxUnavailable"),
        (DEPLOYMENT, "type: RollingUpdate", "type: Recreate", "spec.strategy.rollingUpdate"),
        (DEPLOYMENT, "values: [front]", "values: [back]", "spec.selector.matchExpressions.0"),
        (DEPLOYMENT, "operator: In", "operator: NotIn", "spec.selector.matchExpressions.0"),
        (DEPLOYMENT, "operator: In,", "operator: Exists,", "spec.selector.matchExpressions.0"),
        (DEPLOYMENT, "kubernetes.io/os: linux", "kubernetes.io/os: '-linux'", f"{POD}.nodeSelector.kubernetes.io/os"),
        (DEPLOYMENT, "operator: Exists", "operator: Exists, value: a", f"{POD}.tolerations.0.value"),
        (DEPLOYMENT, "key: gpu, operator: Exists", "effect: NoSchedule", f"{POD}.tolerations.0"),
        (DEPLOYMENT, "name: first", "name: web", f"{POD}.initContainers.0.name"),
        (DEPLOYMENT, "name: first", "name: my_first", f"{POD}.initContainers.0.name"),
        (DEPLOYMENT, "          image: web:1\n", "", f"{WEB}.image"),
        (DEPLOYMENT, "name: metrics", "name: http", f"{WEB}.ports.1.name"),
        (DEPLOYMENT, "name: metrics", "name: prometheus-metrics", f"{WEB}.ports.1.name"),
        (DEPLOYMENT, "containerPort: 9090", "containerPort: 90900", f"{WEB}.ports.1.containerPort"),
        (DEPLOYMENT, "name: A, value: b", "name: A=b", f"{WEB}.env.0.name"),
        (DEPLOYMENT, "A.b-c, valueFrom", "A.b-c, value: a, valueFrom", f"{WEB}.env.1.valueFrom"),
        (DEPLOYMENT, "{fieldRef: {fieldPath: metadata.name}}", "{}", f"{WEB}.env.1.valueFrom"),
        (DEPLOYMENT, "cpu: 500m", "cpu: 501m", f"{WEB}.resources.requests.cpu"),
        (DEPLOYMENT, "memory: 64Mi", "memory: 1e9", f"{WEB}.resources.requests.memory"),
        (DEPLOYMENT, "memory: 64Mi", "memory: '-1'", f"{WEB}.resources.requests.memory"),
        (DEPLOYMENT, "periodSeconds: 5", "periodSeconds: -5", f"{WEB}.livenessProbe.periodSeconds"),
        (DEPLOYMENT, "periodSeconds: 5", "successThreshold: 2", f"{WEB}.livenessProbe.successThreshold"),
        (DEPLOYMENT, "periodSeconds: 5", "exec: {command: [a]}", f"{WEB}.livenessProbe"),
        (DEPLOYMENT, "tcpSocket: {port: 80}, ", "", f"{WEB}.readinessProbe"),
        (DEPLOYMENT, "port: http}, p", "port: the_port}, p", f"{WEB}.livenessProbe.httpGet.port"),
        (DEPLOYMENT, "tcpSocket: {port: 80}", "tcpSocket: {port: 0}", f"{WEB}.readinessProbe.tcpSocket.port"),
        (DEPLOYMENT, "privileged: false", "privileged: true", f"{WEB}.securityContext.allowPrivilegeEscalation"),
        (DEPLOYMENT, "runAsUser: 1000", "runAsUser: -1", f"{WEB}.securityContext.runAsUser"),
        (DEPLOYMENT, "{name: data, mountPath", "{name: date, mountPath", f"{WEB}.volumeMounts.0.name"),
        (DEPLOYMENT, "mountPath: /conf", "mountPath: /data", f"{WEB}.volumeMounts.1.mountPath"),
        (DEPLOYMENT, "subPath: a/b", "subPath: ../b", f"{WEB}.volumeMounts.0.subPath"),
        (DEPLOYMENT, "[{name: data}, ", "[{name: data}, {name: data}, ", f"{POD}.volumes.1.name"),
        (DEPLOYMENT, "[{name: data}", "[{name: data, emptyDir: {}, hostPath: {path: /}}", f"{POD}.volumes.0"),
        (DEPLOYMENT, "configMap: {name: conf, ", "configMap: {", f"{POD}.volumes.1.configMap"),
        (DEPLOYMENT, "defaultMode: 0440", "defaultMode: 644", f"{POD}.volumes.1.configMap.defaultMode"),
        (SERVICE, "name: web}", "name: web.shop}", "metadata.name"),
        (SERVICE, "selector: {app: web}", "selector: {app: 'a b'}", "spec.selector.app"),
        (SERVICE, "name: dns", "name: http", "spec.ports.1.name"),
        (SERVICE, "name: dns, ", "", "spec.ports.1"),
        (SERVICE, "name: dns", "name: the_dns", "spec.ports.1.name"),
        (SERVICE, "protocol: UDP, ", "", "spec.ports.1.port"),
        (SERVICE, "targetPort: http", "targetPort: the-longest-of-all", "spec.ports.0.targetPort"),
        (SERVICE, "targetPort: http", "nodePort: 30000", "spec.ports.0.nodePort"),
        (SERVICE, "port: 80, targetPort", "port: 0, targetPort", "spec.ports.0.port"),
        (SERVICE, "type: ClusterIP", "externalTrafficPolicy: Local", "spec.externalTrafficPolicy"),
        (SERVICE, "type: ClusterIP", "type: ExternalName", "spec.externalName"),
        (SERVICE, "  ports:", "  other:", "spec.ports"),
        (STATEFUL_SET, "name: data}}]", "name: date}}]", f"{WEB}.volumeMounts.0.name"),
        (STATEFUL_SET, "[{name: db, ", "[{name: db, livenessProbe: {}, ", f"{WEB}.livenessProbe"),
        (CRON_JOB, "restartPolicy: Never, ", "", f"{JOB}.template.spec.restartPolicy"),
        (CRON_JOB, "restartPolicy: Never", "restartPolicy: Always", f"{JOB}.template.spec.restartPolicy"),
        (CRON_JOB, "backoffLimit: 2", "backoffLimit: -1", f"{JOB}.backoffLimit"),
        (CRON_JOB, "name: report}\nspec", f"name: {'a' * 53}}}\nspec", "metadata.name"),
        *(
            (CRON_JOB, "*/5 8-18 1,15 jan-jun MON-FRI", schedule, "spec.schedule")
            for schedule in (
                *("* * * *", "0 0 * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 7", ""),
                *("*/0 * * * *", "5-1 * * * *", "a * * * *", "@reboot", "@every day", "TZ=UTC 0 0 * * *", "0 0 L * *"),
            )
        ),
        (SCALER, "maxReplicas: 4", "maxReplicas: 1", "spec.maxReplicas"),
        (SCALER, "maxReplicas: 4", "maxReplicas: 0", "spec.maxReplicas"),
        (SCALER, "type: Resource", "type: resource", "spec.metrics.0.type"),
        (SCALER, "resource: {name", "pods: {name", "spec.metrics.0"),
        (BUDGET, "minAvailable: 50%", "minAvailable: 1, maxUnavailable: 1", "spec.maxUnavailable"),
        (BUDGET, "50%", "101%", "spec.minAvailable"),
        (BUDGET, "50%", "half", "spec.minAvailable"),
        (SECRET, "tls.key: YQ==", "tls.key: hunter2", "data.tls.key"),
        (SECRET, "tls.key: YQ==, ", "", "type"),
        (SECRET, "tls.key: YQ==", "tls.key: YQ==, a/b: YQ==", "data.a/b"),
        (SETTINGS, "a.conf: x", "a conf: x", "data.a conf"),
        (SETTINGS, "{b: YQ==}", "{a.conf: YQ==}", "binaryData.a.conf"),
        (CLAIM, "[ReadWriteOnce]", "[]", "spec.accessModes"),
        (CLAIM, "{storage: 1Gi}", "{}", "spec.resources"),
        (INGRESS, "path: /, ", "path: shop, ", "spec.rules.0.http.paths.0.path"),
        (INGRESS, "path: /, ", "", "spec.rules.0.http.paths.0.path"),
        (INGRESS, "*.shop.example", "shop_.example", "spec.rules.0.host"),
        (INGRESS, "number: 80", "", "spec.rules.0.http.paths.0.backend.service.port"),
        (INGRESS, "  rules:", "  tls:", "spec"),
        (POLICY, "{podSelector: {}}, ", "{}, ", "spec.ingress.0.from.0"),
        (POLICY, "ipBlock: {cidr", "podSelector: {}, ipBlock: {cidr", "spec.ingress.0.from.1.ipBlock"),
        (POLICY, "10.0.0.0/8", "10.0.0.0", "spec.ingress.0.from.1.ipBlock.cidr"),
        (POLICY, "endPort: 90", "endPort: 70", "spec.ingress.0.ports.0.endPort"),
    ],
)
def test_one_mistake_is_told_where_it_is(text: str, right: str, wrong: str, where: str) -> None:
    assert right in text
    assert refused(text.replace(right, wrong, 1)) == [where]


@pytest.mark.parametrize(
    ("text", "right", "filled"),
    [
        (DEPLOYMENT, "name: web\n  namespace: shop", 'name: "${APP}_"\n  namespace: "{{ env }}_"'),
        (DEPLOYMENT, "[{name: data}, ", '[{name: "${VOLUME}_"}, '),
        (DEPLOYMENT, "name: data, mountPath", 'name: "${VOLUME}_", mountPath'),
        (DEPLOYMENT, "cpu: 500m", 'cpu: "${CPU}"'),
        (DEPLOYMENT, "150%", '"${SURGE}"'),
        (DEPLOYMENT, "name: metrics", 'name: "${PORT_}"'),
        (CRON_JOB, "*/5 8-18 1,15 jan-jun MON-FRI", "${SCHEDULE}"),
        (CRON_JOB, "*/5 8-18 1,15 jan-jun MON-FRI", "@every 1h30m"),
        (CRON_JOB, "*/5 8-18 1,15 jan-jun MON-FRI", "0/15 ? * * sun,6"),
        (CRON_JOB, "restartPolicy: Never", 'restartPolicy: "${RESTART}"'),
        (SECRET, "tls.key: YQ==", 'tls.key: "${KEY}"'),
        (SERVICE, "name: http", 'name: "${NAME_}"'),
        (SERVICE, "spec:\n", "spec:\n  clusterIP: None\n"),
        (INGRESS, "path: /, ", 'path: "${PATH}", '),
        (INGRESS, "number: 80", "name: http"),
        (INGRESS, "path: /, pathType: Prefix", "pathType: ImplementationSpecific"),
    ],
)
def test_what_is_filled_in_or_said_otherwise_is_taken(text: str, right: str, filled: str) -> None:
    assert right in text
    assert refused(text.replace(right, filled, 1)) == []


@pytest.mark.parametrize("kind", ["Job", "Pod"])
def test_a_job_says_how_its_pods_are_restarted_and_a_pod_need_not(kind: str) -> None:
    spec = "{containers: [{name: a, image: 'a:1'}]}"
    whole = f"{{template: {{spec: {spec}}}}}" if kind == "Job" else spec
    told = refused(f"apiVersion: batch/v1\nkind: {kind}\nmetadata: {{name: a}}\nspec: {whole}\n")
    assert told == (["spec.template.spec.restartPolicy"] if kind == "Job" else [])

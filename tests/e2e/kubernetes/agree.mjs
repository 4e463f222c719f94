// SPDX-License-Identifier: MIT
// agree.mjs FILE…: what stands in several of the documents is the same in all: ports, paths, names, secrets.
import { isDeepStrictEqual } from "node:util";
import YAML from "yaml";
import { conclude, find, read_documents } from "./documents.mjs";

const documents = read_documents(process.argv.slice(2));
const problems = [];
const same = (what, found, expected) => {
    if (!isDeepStrictEqual(found, expected)) problems.push(`${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
};
const config = find(documents, "ConfigMap", "gridring").data;
const [train, extract] = [config["train.yaml"], config["extract.yaml"]].map((text) => YAML.parse(text));
const cron = find(documents, "CronJob", "extract").spec.jobTemplate.spec.template.spec;
const { slotsPerWorker, sshAuthMountPath, mpiReplicaSpecs: { Launcher: launcher, Worker: worker } } = find(documents, "MPIJob", "ring").spec;
const pods = { extract: cron, launcher: launcher.template.spec, worker: worker.template.spec };

// metrics: a port, a target and an open door for each rank
const ranks = worker.replicas * slotsPerWorker;
same("metrics of all ranks", [slotsPerWorker, train.observe.metrics_of_all_ranks, train.observe.metrics_address], [1, true, "0.0.0.0"]);
const service = find(documents, "Service", "ring-metrics");
const monitor = find(documents, "ServiceMonitor", "ring").spec;
const of_ranks = (value) => Array.from({ length: ranks }, (_, rank) => value(rank));
same("ports of the service", service.spec.ports, of_ranks((rank) => ({ name: `rank-${rank}`, port: train.observe.metrics_port + rank })));
same("ports of the monitor", monitor.endpoints.map((e) => [e.port, e.relabelings[0].regex]), of_ranks((rank) => [`rank-${rank}`, `${rank}`]));
same("labels that the monitor selects", monitor.selector.matchLabels, service.metadata.labels);
const from_prometheus = find(documents, "NetworkPolicy", "ring").spec.ingress.flatMap((rule) => rule.ports ?? []);
same("open ports", from_prometheus, [{ protocol: "TCP", port: train.observe.metrics_port, endPort: train.observe.metrics_port + ranks - 1 }]);

// the key: from the secret, through the container that makes it private, to where the configuration looks for it
const [key] = cron.initContainers;
const [, from, to] = key.command.join(" ").match(/^install -m 400 (\S+) (\S+)$/);
const mounted = (container, path) => container.volumeMounts.find((mount) => path.startsWith(mount.mountPath + "/"))?.name;
const volume = (pod, name) => pod.volumes.find((v) => v.name === name);
const secret = find(documents, "Secret", "eia-key");
same("key file", extract.source.eia.key_file, to);
same("secret", volume(cron, mounted(key, from)).secret, { secretName: secret.metadata.name, defaultMode: 0o440 });
same("entry of the secret", Object.keys(secret.stringData), [from.split("/").pop()]);
same("volume of the key file", mounted(cron.containers[0], to), mounted(key, to));
same("medium of the key file", volume(cron, mounted(key, to)).emptyDir.medium, "Memory");

// ssh: one port, and the keys where the operator mounts them
const ssh_port = Number(config.sshd_config.match(/^Port (\d+)/m)[1]);
same("port of ssh", Number(config.ssh_config.match(/^ *Port (\d+)/m)[1]), ssh_port);
same("port of the worker", pods.worker.containers[0].ports, [{ containerPort: ssh_port, name: "ssh" }]);
same("keys of ssh", [config.sshd_config.match(/^HostKey (.*)\/id_rsa$/m)?.[1], config.ssh_config.match(/ (\S*)\/id_rsa.pub$/m)?.[1]], [sshAuthMountPath, sshAuthMountPath]);
same("threads of a rank", train.ring.threads, Number(pods.worker.containers[0].resources.requests.cpu));

// all pods: the run folders in the claim, and no more rights than they need
const claim = find(documents, "PersistentVolumeClaim", "data");
same("access", claim.spec.accessModes, ["ReadWriteMany"]);
for (const [name, pod] of Object.entries(pods)) {
    for (const folder of [train.run.folder, extract.run.folder])
        same(`volume of ${folder} in ${name}`, volume(pod, mounted(pod.containers[0], folder))?.persistentVolumeClaim?.claimName, claim.metadata.name);
    same(`token of ${name}`, pod.automountServiceAccountToken, false);
    same(`user of ${name}`, [pod.securityContext.runAsNonRoot, pod.securityContext.runAsUser, pod.securityContext.fsGroup], [true, 1000, 1000]);
    for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
        same(`rights of ${container.name}`, container.securityContext, { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, readOnlyRootFilesystem: true });
        for (const mount of container.volumeMounts) if (!volume(pod, mount.name)) problems.push(`${container.name} mounts ${mount.name}, which is no volume`);
    }
}
conclude(problems, "all documents agree");

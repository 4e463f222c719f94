// SPDX-License-Identifier: MIT
// Kinds of the MPI operator and the Prometheus operator: the fields that configs/kubernetes uses, and no others.
import type { PodTemplateSpec } from "kubernetes-types/core/v1";
import type { LabelSelector, ObjectMeta } from "kubernetes-types/meta/v1";

interface Replica {
    replicas: number;
    restartPolicy: "Never" | "OnFailure";
    template: PodTemplateSpec;
}
export interface MPIJob {
    apiVersion: "kubeflow.org/v2beta1";
    kind: "MPIJob";
    metadata: ObjectMeta;
    spec: {
        slotsPerWorker?: number;
        sshAuthMountPath?: string;
        launcherCreationPolicy?: "AtStartup" | "WaitForWorkersReady";
        runPolicy: {
            suspend?: boolean;
            cleanPodPolicy?: "None" | "Running" | "All";
            backoffLimit?: number;
        };
        mpiReplicaSpecs: { Launcher: Replica; Worker: Replica };
    };
}

interface Relabelling {
    action: "keep" | "drop" | "replace";
    sourceLabels: string[];
    regex: string;
}
export interface ServiceMonitor {
    apiVersion: "monitoring.coreos.com/v1";
    kind: "ServiceMonitor";
    metadata: ObjectMeta;
    spec: {
        selector: LabelSelector;
        endpoints: { port: string; relabelings?: Relabelling[] }[];
    };
}

interface Alert {
    alert: string;
    expr: string;
    for?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
}
export interface PrometheusRule {
    apiVersion: "monitoring.coreos.com/v1";
    kind: "PrometheusRule";
    metadata: ObjectMeta;
    spec: { groups: { name: string; rules: Alert[] }[] };
}

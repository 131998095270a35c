{{- define "credence.name" -}}
{{- default .Release.Name .Values.nameOverride | trunc 53 | trimSuffix "-" -}}
{{- end }}

{{- define "credence.selector" -}}
app.kubernetes.io/name: credence
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "credence.labels" -}}
{{ include "credence.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "credence.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* A container that copies the bucket: a dictionary of name, command and the root. */}}
{{- define "credence.copy" -}}
name: {{ .name }}
image: {{ .root.Values.models.syncImage }}
command: [/bin/sh, -c, {{ .command | quote }}]
env:
  - {name: HOME, value: /tmp}
  - {name: MODELS_URL, value: {{ .root.Values.models.bucket | quote }}}
  - {name: SYNC_SECONDS, value: {{ .root.Values.models.syncSeconds | quote }}}
volumeMounts:
  - {name: models, mountPath: /models}
  - {name: scratch, mountPath: /tmp}
resources:
  requests: {cpu: 50m, memory: 128Mi}
  limits: {memory: 512Mi}
securityContext:
  {{- include "credence.confined" . | nindent 2 }}
{{- end }}

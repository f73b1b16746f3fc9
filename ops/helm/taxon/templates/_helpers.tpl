{{- define "taxon.fullname" -}}
{{- $name := default (ternary .Release.Name (printf "%s-taxon" .Release.Name) (contains "taxon" .Release.Name)) .Values.fullnameOverride -}}
{{- trunc 52 $name | trimSuffix "-" -}}
{{- end -}}

{{- define "taxon.selector" -}}
app.kubernetes.io/name: taxon
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{- define "taxon.labels" -}}
{{ include "taxon.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "taxon.claim" -}}
{{- default (include "taxon.fullname" .) .Values.storage.existingClaim -}}
{{- end -}}

{{/* Pods of one component: {root, component, values, trainers}. */}}
{{- define "taxon.deployment" -}}
{{- $root := .root -}}
{{- $values := .values -}}
{{- $gpu := has $root.Values.gpu.of (list .component "all") -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "taxon.fullname" $root }}-{{ .component }}
  labels: {{- include "taxon.labels" . | nindent 4 }}
spec:
  {{- if not .scaled }}
  replicas: {{ $values.replicas }}
  {{- end }}
  revisionHistoryLimit: 3
  selector:
    matchLabels: {{- include "taxon.selector" . | nindent 6 }}
  strategy:
    type: {{ $root.Values.updateStrategy }}
  template:
    metadata:
      labels: {{- include "taxon.labels" . | nindent 8 }}
      annotations:
        checksum/settings: {{ toJson $root.Values.settings | sha256sum }}
        {{- with $values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ include "taxon.fullname" $root }}
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: {{ $root.Values.terminationGracePeriodSeconds }}
      securityContext:
        runAsNonRoot: true
        runAsUser: 1000
        runAsGroup: 1000
        fsGroup: 1000
        fsGroupChangePolicy: OnRootMismatch
        seccompProfile:
          type: RuntimeDefault
      {{- with $root.Values.image.pullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . }}
        {{- end }}
      {{- end }}
      {{- with $values.topologyKey }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: {{ . }}
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: {{- include "taxon.selector" $ | nindent 14 }}
      {{- end }}
      {{- with $values.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.affinity }}
      affinity: {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: taxon
          image: "{{ $root.Values.image.repository }}:{{ default $root.Chart.AppVersion $root.Values.image.tag }}"
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          envFrom:
            - configMapRef:
                name: {{ include "taxon.fullname" $root }}
            {{- with $root.Values.settingsSecret }}
            - secretRef:
                name: {{ . }}
            {{- end }}
          env:
            - name: ROLE
              value: {{ ternary "trainer" "api" (gt (int .trainers) 0) }}
            - name: TRAINERS
              value: {{ .trainers | quote }}
            - name: DATABASE_URL
              valueFrom:
                secretKeyRef:
                  name: {{ required "database.existingSecret: name a secret with the address of PostgreSQL" $root.Values.database.existingSecret }}
                  key: {{ $root.Values.database.existingSecretKey }}
            - name: ADMIN_API_KEY
              valueFrom:
                secretKeyRef:
                  name: {{ required "adminKey.existingSecret: name a secret with the first admin key" $root.Values.adminKey.existingSecret }}
                  key: {{ $root.Values.adminKey.existingSecretKey }}
          ports:
            - name: http
              containerPort: 3000
            {{- if $root.Values.service.grpcPort }}
            - name: grpc
              containerPort: 3001
            {{- end }}
          # A start may wait for the database, and compile a backbone.
          startupProbe:
            httpGet:
              path: /health/ready
              port: http
            periodSeconds: 2
            failureThreshold: 150
          readinessProbe:
            httpGet:
              path: /health/ready
              port: http
            periodSeconds: 5
            timeoutSeconds: 3
            failureThreshold: 2
          livenessProbe:
            httpGet:
              path: /health/live
              port: http
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          lifecycle:
            # Until the end of a pod is known everywhere, requests still come to it.
            preStop:
              exec:
                command: [sleep, "5"]
          resources:
            requests: {{- toYaml $values.resources.requests | nindent 14 }}
            limits:
              {{- toYaml $values.resources.limits | nindent 14 }}
              {{- if $gpu }}
              {{ $root.Values.gpu.resource }}: 1
              {{- end }}
          volumeMounts:
            - name: shared
              mountPath: /data
            # Compiled models are of one kind of processor, and quickly made again.
            - name: scratch
              mountPath: /cache
              subPath: cache
            - name: scratch
              mountPath: /tmp
              subPath: tmp
      volumes:
        - name: shared
          persistentVolumeClaim:
            claimName: {{ include "taxon.claim" $root }}
        - name: scratch
          emptyDir: {}
{{- end -}}

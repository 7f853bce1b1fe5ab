#!/bin/sh
# Collects what shows a capture by annotation at work: for a report, or a ticket. --help says what and where.
set -eu

usage() {
  cat <<'END'
scripts/collect-evidence.sh [-n NAMESPACE] [-o FOLDER] POD

Writes what shows the capture of an annotated Pod into a folder:

  pod-describe.txt    kubectl describe of the Pod: its annotation, and the Events of its capture
  pods.txt            all Pods of the cluster with their nodes
  capture-files.txt   the capture's files on the node
  capture.pcap        their packets in one file, the oldest first; packets of the last second may not be in it yet
  capture-output.txt  what tcpdump reads in it

  -n NAMESPACE   of the Pod. Default: that of the current kubectl context, or default
  -o FOLDER      Default: evidence-POD. Files of those names in it are replaced
  -h, --help     shows this

Needs kubectl, with the rights to get Pods and to exec in the agents' Pods. Ends with 0, with 1 when something could not
be had, 2 for wrong options.
END
}

fail() {
  echo "collect-evidence: $2" >&2
  exit "$1"
}

wrong() {
  fail 2 "$1 See scripts/collect-evidence.sh --help"
}

namespace='' folder='' pod=''
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    -n | -o)
      [ $# -ge 2 ] || wrong "$1 needs a value."
      if [ "$1" = -n ]; then namespace=$2; else folder=$2; fi
      shift ;;
    -*) wrong "$1 is no option." ;;
    *)
      [ -z "$pod" ] || wrong "One Pod at a time: $pod and $1 were given."
      pod=$1 ;;
  esac
  shift
done
[ -n "$pod" ] || wrong 'Which Pod?'
for name in "$pod" "${namespace:-default}"; do
  case $name in *[!a-z0-9.-]* | [!a-z0-9]*) wrong "\"$name\" is no name of Kubernetes." ;; esac
done
command -v kubectl > /dev/null || fail 1 'kubectl is not there. Install it, or put it on the PATH.'
[ -n "$namespace" ] || namespace=$(kubectl config view --minify -o 'jsonpath={..namespace}' 2> /dev/null || true)
namespace=${namespace:-default}
folder=${folder:-evidence-$pod}
case $folder in /*) ;; *) folder=./$folder ;; esac

node=$(kubectl -n "$namespace" get pod "$pod" -o 'jsonpath={.spec.nodeName}') || fail 1 "Pod $namespace/$pod cannot be read."
[ -n "$node" ] || fail 1 "Pod $namespace/$pod is on no node yet."

# Runs in the agent's Pod: prints the names of the capture's files, the oldest first.
# shellcheck disable=SC2016
find_files='
cd "$HOSTMOUNT" || exit 1
for manifest in ./*.json; do
  grep -qF "\"PodAnnotation\"" "$manifest" 2> /dev/null || continue
  tr -d " \n" < "$manifest" | grep -qF "\"name\":\"$1.$2\"" || continue
  sed -n "s/^ *\"file\": \"\(.*\.pcap\)\",*\$/\1/p" "$manifest"
done | while read -r segment; do
  for file in "$segment" "$segment"[0-9]*; do
    case ${file#"$segment"} in *[!0-9]*) continue ;; esac
    [ -f "$file" ] && stat -c "%.9Y %n" "$file"
  done
done | sort -n | cut -d" " -f2-
'

agent='' files=''
agents=$(kubectl get pods --all-namespaces -l 'app.kubernetes.io/name=pcapper,app.kubernetes.io/component in (agent, annotation-agent)' \
  --field-selector "spec.nodeName=$node,status.phase=Running" -o 'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name}{"\n"}{end}')
[ -n "$agents" ] || fail 1 "No agent of pcapper runs on $node. Is one deployed (kubectl apply -f deploy/annotation/rbac.yaml -f deploy/annotation/daemonset.yaml)?"
for candidate in $agents; do
  files=$(kubectl -n "${candidate%/*}" exec "${candidate#*/}" -- sh -c "$find_files" sh "$namespace" "$pod") || continue
  agent=$candidate
  [ -z "$files" ] || break
done
[ -n "$agent" ] || fail 1 "None of these agents of $node could be asked for files:
$agents"
[ -n "$files" ] || fail 1 "There are no files of Pod $namespace/$pod on $node. Is it annotated, and what do its Events say (kubectl -n $namespace describe pod $pod)?"

in_agent() {
  kubectl -n "${agent%/*}" exec "${agent#*/}" -- sh -c "cd \"\$HOSTMOUNT\" && $1" sh $files
}

mkdir -p "$folder"
kubectl -n "$namespace" describe pod "$pod" > "$folder/pod-describe.txt"
kubectl get pods --all-namespaces -o wide > "$folder/pods.txt"
in_agent 'ls -l -- "$@"' > "$folder/capture-files.txt"
# The file that is being written may end in the midst of a packet, which tcpdump says and goes without.
in_agent 'printf "%s\n" "$@" | tcpdump -Z root -V - -w - 2> /dev/null || true' > "$folder/capture.pcap"
[ -s "$folder/capture.pcap" ] || fail 1 "The packets of $files could not be read on $node."
kubectl -n "${agent%/*}" exec -i "${agent#*/}" -- tcpdump -Z root -n -r - < "$folder/capture.pcap" > "$folder/capture-output.txt" 2> /dev/null ||
  fail 1 "tcpdump cannot read $folder/capture.pcap."

printf '%s:\n' "${folder#./}"
for file in pod-describe.txt pods.txt capture-files.txt capture.pcap capture-output.txt; do
  printf '  %-19s %s bytes\n' "$file" "$(wc -c < "$folder/$file" | tr -d ' ')"
done
printf '%s packets\n' "$(wc -l < "$folder/capture-output.txt" | tr -d ' ')"

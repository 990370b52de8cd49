# Sourced by the other scripts: what a lab's components are, and how one is started, signalled and ended.
# Each runs in the lab's directory, with COMPONENT.pid and log/COMPONENT.log there.
components=(etcd apiserver kcm sched kwok)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# enter DIR: goes into a lab that `up` has made, and reads its port and flags.
enter() {
  cd "${1:?the lab\'s directory is missing}"
  [ -f settings ] || { echo "$1 is no lab: run up $1 first" >&2; exit 1; }
  lab=$(pwd -P)
  source ./settings
}

# known COMPONENT
known() {
  [[ " ${components[*]} " == *" $1 "* ]] || { echo "no component is called $1, only: ${components[*]}" >&2; exit 2; }
}

# pid_of COMPONENT: prints the process's id; fails if it does not run. A number that was given to another process
# since is told by that one's working directory.
pid_of() {
  local pid
  pid=$(cat "$1.pid" 2>/dev/null) && [ "$(readlink "/proc/$pid/cwd")" = "$lab" ] && echo "$pid"
}

launch() {
  local component=$1
  shift
  pid_of "$component" >/dev/null && return
  setsid nohup "$@" >>"log/$component.log" 2>&1 </dev/null &
  echo $! >"$component.pid"
}

# begin COMPONENT: starts it and does not wait until it is ready.
begin() {
  local etcd=http://127.0.0.1:$((port + 1)) peer=http://127.0.0.1:$((port + 2)) kubelet=$((port + 3))
  case $1 in
    etcd)
      launch etcd bin/controlplane etcd --data-dir etcd --listen-client-urls "$etcd" --advertise-client-urls "$etcd" \
        --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "default=$peer" \
        --unsafe-no-fsync --quota-backend-bytes 8589934592 --log-level warn
      ;;
    apiserver)
      # shellcheck disable=SC2086 # the flags are words
      launch apiserver bin/controlplane kube-apiserver --etcd-servers "$etcd" --bind-address 127.0.0.1 --secure-port "$port" \
        --tls-cert-file pki/apiserver.crt --tls-private-key-file pki/apiserver.key --client-ca-file pki/ca.crt \
        --service-account-issuer https://kubernetes.default.svc --service-account-key-file pki/accounts.pub \
        --service-account-signing-key-file pki/accounts.key --authorization-mode Node,RBAC --allow-privileged \
        --service-cluster-ip-range 10.0.0.0/16,fd00:10::/108 --event-ttl 24h \
        --kubelet-client-certificate pki/admin.crt --kubelet-client-key pki/admin.key \
        --requestheader-client-ca-file pki/ca.crt --requestheader-allowed-names front \
        --requestheader-username-headers X-Remote-User --requestheader-group-headers X-Remote-Group \
        --requestheader-extra-headers-prefix X-Remote-Extra- \
        --proxy-client-cert-file pki/front.crt --proxy-client-key-file pki/front.key $apiserver_flags
      ;;
    kcm)
      # The grace periods keep nodes as they are while kwok is stopped, and the zoo's nodes, which nobody keeps.
      # shellcheck disable=SC2086
      launch kcm bin/controlplane kube-controller-manager --kubeconfig kcm.kubeconfig \
        --authentication-kubeconfig kcm.kubeconfig --authorization-kubeconfig kcm.kubeconfig \
        --service-account-private-key-file pki/accounts.key --root-ca-file pki/ca.crt --use-service-account-credentials \
        --kube-api-qps 500 --kube-api-burst 1000 --leader-elect=false --secure-port 0 --bind-address 127.0.0.1 \
        --node-monitor-grace-period 8760h --node-startup-grace-period 8760h --terminated-pod-gc-threshold 0 $kcm_flags
      ;;
    sched)
      launch sched bin/controlplane kube-scheduler --kubeconfig sched.kubeconfig \
        --authentication-kubeconfig sched.kubeconfig --authorization-kubeconfig sched.kubeconfig \
        --kube-api-qps 500 --kube-api-burst 1000 --leader-elect=false --secure-port 0 --bind-address 127.0.0.1
      ;;
    kwok)
      launch kwok bin/kwok --kubeconfig admin.kubeconfig --config kwok.yaml \
        --manage-nodes-with-annotation-selector kwok.x-k8s.io/node=fake --node-lease-duration-seconds 40 \
        --node-ip 127.0.0.1 --node-port "$kubelet" --server-address "127.0.0.1:$kubelet" \
        --tls-cert-file pki/kwok.crt --tls-private-key-file pki/kwok.key
      ;;
  esac
}

# tell SIGNAL COMPONENT: fails if it does not run.
tell() {
  local pid
  pid=$(pid_of "$2") || { echo "$2 does not run" >&2; return 1; }
  kill "-$1" "$pid"
}

# ended COMPONENT: waits until it is gone, at most 10 s, then kills it.
ended() {
  local pid
  pid=$(cat "$1.pid") || return 0
  for _ in $(seq 200); do
    is_gone "$pid" && { rm -f "$1.pid"; return 0; }
    sleep 0.05
  done
  kill -KILL "$pid"
  rm -f "$1.pid"
}

# is_gone PID: a process whose first thread has ended holds its ports until the last one has.
is_gone() {
  [ ! -d "/proc/$1" ] || { [ -z "$(readlink "/proc/$1/cwd")" ] && [ "$(ls "/proc/$1/task" 2>/dev/null | wc -l)" -le 1 ]; }
}

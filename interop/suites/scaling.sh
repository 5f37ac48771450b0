# A TCP proxy in front of two Recording Servers, with the configurations of docs/scaling.md.

declare -A port process folder

# start_recorder NAME PORT PORT: one with two hardware, NAME-rtmp and NAME-rtmps.
start_recorder() {
    start_hardware "$1-rtmp" "$2" start_host && start_hardware "$1-rtmps" "$3" start_tls_host
}

start_hardware() { # NAME PORT, and what starts it
    local work=$work/$1
    mkdir "$work"
    "$3" --log info --set ServerPort="$2" --set ProxyProtocolFrom=127.0.0.1 --set MaxConnections=64 \
        --set RateLimitEnabled=false || return
    beside+=("$host")
    folder[$1]=$work process[$1]=$host port[$1]=$2
    host=
}

# A port that nobody listens on, and that the system gives to nobody who asks for any.
free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)) && (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}

# at NAME COMMAND…: what functions of driver-host.sh say of that one.
at() {
    local host=${process[$1]} events=${folder[$1]}/events.jsonl
    shift
    "$@"
}

kill_recorder() { # NAME: its power fails
    kill -KILL "${process[$1-rtmp]}" "${process[$1-rtmps]}"
    wait "${process[$1-rtmp]}" "${process[$1-rtmps]}" 2>/dev/null
}

# A configuration with this machine's ports instead of the servers that it tells of.
localized() { # FILE
    sed "s/192\.0\.2\.11:8783/127.0.0.1:${port[recorder1-rtmp]}/; s/192\.0\.2\.11:8784/127.0.0.1:${port[recorder1-rtmps]}/
        s/192\.0\.2\.21:8783/127.0.0.1:${port[failover-rtmp]}/; s/192\.0\.2\.21:8784/127.0.0.1:${port[failover-rtmps]}/
        s/bind :8783/bind 127.0.0.1:$rtmp_port/; s/bind :8784/bind 127.0.0.1:$rtmps_port/
        s/listen 8783/listen 127.0.0.1:$rtmp_port/; s/listen 8784/listen 127.0.0.1:$rtmps_port/
        s|/dev/log|stdout format raw|" "$1"
}

run_haproxy() {
    localized interop/scaling/haproxy.cfg >"$work/haproxy.cfg"
    exec haproxy -W -f "$work/haproxy.cfg" -p "$work/proxy.pid"
}

run_nginx() {
    localized interop/scaling/nginx.conf >"$work/nginx.conf"
    exec nginx -c "$work/nginx.conf" -e "$work/nginx-error.log" -g "daemon off; pid $work/proxy.pid;"
}

# start_proxy NAME: on $rtmp_port and $rtmps_port. It writes its process id when it listens.
start_proxy() {
    rtmp_port=$(free_port) rtmps_port=$(free_port)
    "run_$1" >"$work/proxy.log" 2>&1 &
    beside+=($!)
    until [ -s "$work/proxy.pid" ]; do
        kill -0 $! 2>/dev/null || fail "$1: $(tail -n 5 "$work"/*.log)" || return
        sleep 0.1
    done
}

# Publishes as OBS does: when it is cut off it connects again, a second later.
publisher() { # ADDRESS URL
    local child
    trap 'kill "$child"; exit' TERM
    while :; do
        "$ffmpeg9" -nostdin -v error -re -stream_loop -1 -i "$work/clip.flv" -c copy -f flv \
            -local_addr "$1" "${@:3}" "$2" 2>>"$work/publisher-$1.log" &
        child=$!
        wait $child
        sleep 1
    done
}

start_publishers() {
    "$ffmpeg9" -nostdin -v error -f lavfi -i testsrc2=size=320x240:rate=30 -frames:v 60 -c:v libx264 \
        -preset ultrafast -tune zerolatency -g 15 "$work/clip.flv" || fail 'no clip' || return
    publisher 127.0.0.11 "rtmp://127.0.0.1:$rtmp_port/stream1" &
    beside+=($!)
    publisher 127.0.0.12 "rtmp://127.0.0.1:$rtmp_port/stream2" &
    beside+=($!)
    publisher 127.0.0.13 "rtmps://127.0.0.1:$rtmps_port/stream1" -tls_verify 0 &
    beside+=($!)
}

# published NAME SECONDS: all of them publish at that Recording Server, each by its own address.
published() {
    local source deadline=$((SECONDS + $2)) hardware
    for source in 11 12 13; do
        hardware=$1-rtmp
        [ $source -ne 13 ] || hardware=$1-rtmps
        at "$hardware" await $((deadline - SECONDS)) \
            '.event == "stream_started" and (.peer | startswith("127.0.0.'$source':"))' >/dev/null || return
    done
}

# Checks of the proxy are not worth a line, and nothing else is said of its address.
nothing_of_the_proxy() { # NAME…
    local name
    for name; do
        if grep 'from 127\.0\.0\.1:' "${folder[$name]}/driver-host.log"; then
            fail "the log of $name tells of the proxy"
            return 1
        fi
    done
}

fails_over() { # PROXY
    start_recorder recorder1 "$(free_port)" "$(free_port)" && start_recorder failover "$(free_port)" "$(free_port)" &&
        start_proxy "$1" && start_publishers || return
    published recorder1 20 || return
    kill_recorder recorder1
    local killed=${EPOCHREALTIME/[.,]/}
    # As docs/scaling.md says.
    published failover 10 || fail "publishers are not back: $(tail -n 5 "$work"/*.log)" || return
    echo "publishers are back after $(((${EPOCHREALTIME/[.,]/} - killed) / 1000)) ms"
    nothing_of_the_proxy recorder1-rtmp recorder1-rtmps failover-rtmp failover-rtmps
}

# knocks_in SOURCE COUNT EXPECTED: so many are let in, through the proxy.
knocks_in() {
    local told=$work/knock-$1 let_in
    interop/scaling/knock "$rtmp_port" "$1" "$2" >"$told" &
    beside+=($!)
    until [ -s "$told" ]; do
        kill -0 $! 2>/dev/null || fail 'no connection' || return
        sleep 0.1
    done
    let_in=$(<"$told")
    [ "$let_in" -eq "$3" ] || fail "$let_in of $2 connections from $1 were let in"
}

# Whose limits are reached is the publisher; another one has its own.
limits_count_publishers() { # NAME
    knocks_in 127.0.0.21 20 16 && knocks_in 127.0.0.22 16 16 || return
    grep -q 'refused.*127\.0\.0\.21' "${folder[$1]}/driver-host.log" || fail 'the log does not say who was refused'
}

# The server that was killed is there again, and publishers are, too, by themselves.
goes_back() {
    start_recorder back "${port[recorder1-rtmp]}" "${port[recorder1-rtmps]}" || return
    published back 10 || fail "publishers do not come back: $(tail -n 5 "$work"/*.log)" || return
    nothing_of_the_proxy back-rtmp back-rtmps
}

scaling-haproxy() { fails_over haproxy && limits_count_publishers failover-rtmp && goes_back; }
scaling-nginx() { fails_over nginx && limits_count_publishers failover-rtmp; }

# A driver-host of the suite's own, and what came out of it.

# start_host OPTION…: starts it on a free port; its address is in $address, its events in $events.
start_host() {
    events=$work/events.jsonl
    "$driver_host" --bind 127.0.0.1 --port 0 --web 0 --json --frames --record "$work/record" "$@" \
        >"$events" 2>"$work/driver-host.log" &
    host=$!
    local listening
    listening=$(await 30 '.event == "listening"') || return
    address=127.0.0.1:$(jq .port <<<"$listening")
}

# start_tls_host OPTION…: a host with a certificate of its own, $work/certificate.pem.
start_tls_host() {
    mkdir "$work/data"
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
        -keyout "$work/key.pem" -out "$work/certificate.pem" 2>/dev/null &&
        openssl pkcs12 -export -inkey "$work/key.pem" -in "$work/certificate.pem" \
            -passout pass:secret -out "$work/data/rtmp.pfx" || fail 'openssl' || return
    start_host --data-dir "$work/data" --set EnableTls=true --set TlsCertificatePassword=secret "$@"
}

stop_host() {
    [ -n "${host:-}" ] || return 0
    kill -INT "$host" 2>/dev/null
    wait "$host"
    local status=$?
    host=
    [ "$status" -eq 0 ] || fail "driver-host ended with exit status $status"
}

# await SECONDS FILTER: the first event that the jq filter selects, as soon as it is there.
await() {
    local deadline=$((SECONDS + $1)) event
    while [ "$SECONDS" -le "$deadline" ]; do
        event=$(jq -nRc "first(inputs | fromjson? | select($2))" "$events")
        if [ -n "$event" ]; then
            echo "$event"
            return
        fi
        kill -0 "$host" 2>/dev/null || break
        sleep 0.2
    done
    fail "driver-host did not tell: $2"
}

# Times of the frames of a camera that were delivered, in whole milliseconds.
frame_times() { # CAMERA
    jq -nR 'inputs | fromjson? | select(.event == "frame" and .codec != "jpeg" and .camera == '"$1"') | .time
        | (.[0:19] + "Z" | fromdateiso8601) * 1000 + (.[20:23] | tonumber)' "$events"
}

# Every frame of camera 1 was delivered, in the live session, in the recording, and to a decoder; each in a
# millisecond of its own.
arrived() { # EXPECTED
    local stopped delivered decoded errors recorded
    stopped=$(await 60 '.event == "stream_stopped"') || return
    stop_host || return
    [ "$(jq .frames <<<"$stopped")" -eq "$1" ] || fail "$1 frames sent, stopped with $stopped" || return
    delivered=$(frame_times 1 | wc -l)
    [ "$delivered" -eq "$1" ] || fail "$1 frames sent, $delivered delivered" || return
    frame_times 1 | awk 'NR > 1 && $1 <= before { exit 1 } { before = $1 }' ||
        fail 'times do not rise by a millisecond for each frame' || return
    recorded=$(echo "$work"/record/camera1-1.h26[45])
    decoded=$(ffprobe -v error -count_frames -select_streams v -show_entries stream=nb_read_frames \
        -of csv=p=0 "$recorded")
    [ "$decoded" = "$1" ] || fail "$1 frames sent, $decoded decoded" || return
    errors=$(ffmpeg -v error -i "$recorded" -f null - 2>&1)
    [ -z "$errors" ] || fail "decoding: $errors"
}

# The frames of camera 1 are as far apart as in the source, from the first on: 30 a second, within 5 ms.
evenly_spaced() {
    frame_times 1 | awk 'NR > 1 { off = $1 - before - 1000 / 30; if (off > 5 || off < -5) exit 1 } { before = $1 }' ||
        fail "frames are so many ms apart: $(frame_times 1 | awk 'NR > 1 { print $1 - before } { before = $1 }' | tr '\n' ' ')"
}

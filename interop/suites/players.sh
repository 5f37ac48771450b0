# What driver-host recorded, in the players that people have: each has to show every picture.

# push_clip PATH_OR_URL OPTION…: 3 s of small pictures; the options go to the output.
push_clip() {
    local url=$1
    shift
    timeout 60 ffmpeg -nostdin -v error ${pace--re} -f lavfi -i "testsrc2=size=320x240:rate=30" -frames:v 90 \
        -c:v libx264 -preset ultrafast -tune zerolatency -g 30 "$@" -f flv -flvflags no_duration_filesize "$url"
}

# Two clips of different sizes, one behind the other.
push_two_sizes() { # URL
    local size
    for size in 320x240 480x272; do
        ffmpeg -nostdin -v error -f lavfi -i "testsrc2=size=$size:rate=30" -frames:v 45 \
            -c:v libx264 -preset ultrafast -tune zerolatency -g 30 "$work/$size.flv" || return
        echo "file $work/$size.flv" >>"$work/sizes"
    done
    timeout 60 ffmpeg -nostdin -v error -re -f concat -safe 0 -i "$work/sizes" -c copy \
        -f flv -flvflags no_duration_filesize "$1"
}

# One of every kind: their names and paths go to $work/recordings.
record_every_kind() {
    start_host || return
    local pushes=() push link=
    interop/link "${address##*:}" --stall-after 1 --stall 3 >"$work/link" &
    link=$!
    until [ -s "$work/link" ]; do
        kill -0 $link 2>/dev/null || fail 'no link' || return
        sleep 0.1
    done
    push_clip "rtmp://$address/stream1" & pushes+=($!)
    pace='' push_clip "rtmp://$address/stream2" & pushes+=($!)
    push_clip "rtmp://$address/stream3" -preset fast -tune animation -bf 3 -b_strategy 0 & pushes+=($!)
    push_clip "rtmp://127.0.0.1:$(<"$work/link")/stream4" & pushes+=($!)
    push_two_sizes "rtmp://$address/stream5" & pushes+=($!)
    for push in "${pushes[@]}"; do
        wait "$push" || fail 'a push failed' || return
    done
    local camera
    for camera in 1 2 3 4 5; do
        await 30 ".event == \"stream_stopped\" and .camera == $camera" >"$work/stopped" || return
        [ "$(jq .frames "$work/stopped")" -eq 90 ] || fail "90 frames sent, stopped with $(<"$work/stopped")" || return
    done
    stop_host || return
    kill "$link"
    cat >"$work/recordings" <<FILES
paced 90 $work/record/camera1-1.mp4
fast 90 $work/record/camera2-1.mp4
b-pictures 90 $work/record/camera3-1.mp4
stalled 90 $work/record/camera4-1.mp4
first-size 45 $work/record/camera5-1.mp4
second-size 45 $work/record/camera5-1-part2.mp4
FILES
}

# A driver-host that is killed in the middle: what it has told of is in the file, but for the last half second and the
# picture whose length nobody knows yet.
record_and_kill() {
    local work=$work/killed push recorded told
    mkdir "$work"
    start_host || return
    push_clip "rtmp://$address/stream1" 2>/dev/null &
    push=$!
    await 30 '.event == "frame" and .codec == "h264"' >/dev/null || return
    sleep 1.5
    kill -KILL "$host"
    wait "$host" 2>/dev/null
    host=
    wait "$push"
    told=$(frame_times 1 | wc -l)
    recorded=$(ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of csv=p=0 \
        "$work/record/camera1-1.mp4")
    [ "$recorded" -gt 0 ] && [ "$recorded" -ge $((told - 17)) ] ||
        fail "$told frames delivered, $recorded in the MP4 of a driver-host that was killed" || return
    echo "killed $recorded $work/record/camera1-1.mp4" >>"$work/../recordings"
}

in_ffmpeg() { # FFMPEG FILE
    "$1" -nostdin -v error -xerror -i "$2" -map 0:v -fps_mode passthrough -f framecrc - 2>&1 | grep -vc '^#'
}

in_gstreamer() { # FILE
    gst-launch-1.0 -v filesrc location="$1" ! qtdemux ! h264parse ! avdec_h264 \
        ! fakesink sync=false silent=false 2>/dev/null | grep -c 'last-message = chain'
}

# As long as the publisher's clock says: 30 pictures a second.
lasts() { # PICTURES FILE
    ffprobe -v error -show_entries format=duration -of csv=p=0 "$2" |
        awk -v expected="$(($1 * 1000 / 30))" '{ off = $1 * 1000 - expected; exit !(off > -20 && off < 20) }'
}

# VLC shows pictures when they are due; a busy machine makes it leave out some.
vlc_shows() { # PICTURES FILE
    local attempt
    for attempt in 1 2 3 4; do
        [ "$(timeout 60 interop/players/vlc "$2")" = "$1" ] && return
    done
    return 1
}

players() {
    local browser=crates/driver-host/tests/browser
    if [ ! $browser/node_modules/.package-lock.json -nt $browser/package-lock.json ]; then
        (cd $browser && npm ci --no-audit --no-fund --loglevel=error && touch node_modules/.package-lock.json) ||
            fail 'npm' || return
    fi
    record_every_kind && record_and_kill || return

    local name pictures file shown wrong=0 pids=() files=()
    while read -r name pictures file; do
        files+=("$file")
        lasts "$pictures" "$file" || fail "$name: not as long as $pictures pictures" || wrong=1
        for ffmpeg in ffmpeg "$ffmpeg9"; do
            shown=$(in_ffmpeg "$ffmpeg" "$file")
            [ "$shown" -eq "$pictures" ] || fail "$name: $(basename "$ffmpeg") shows $shown of $pictures pictures" || wrong=1
        done
        shown=$(in_gstreamer "$file")
        [ "$shown" -eq "$pictures" ] || fail "$name: GStreamer shows $shown of $pictures pictures" || wrong=1
    done <"$work/recordings"

    while read -r name pictures file; do
        { vlc_shows "$pictures" "$file" || fail "$name: VLC does not show $pictures pictures"; } &
        pids+=($!)
    done <"$work/recordings"
    for pid in "${pids[@]}"; do
        wait "$pid" || wrong=1
    done

    timeout 120 node interop/players/chromium.mjs "${files[@]}" >"$work/chromium" 2>&1 ||
        fail "chromium: $(<"$work/chromium")" || return
    local way
    while read -r name pictures file; do
        for way in video mse; do
            grep -qx "$file $way $pictures $pictures" "$work/chromium" ||
                fail "$name: Chromium shows $(grep "^$file $way " "$work/chromium" | cut -d ' ' -f 2-) of $pictures pictures" || wrong=1
        done
    done <"$work/recordings"
    return $wrong
}

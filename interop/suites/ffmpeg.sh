# FFmpeg 5 of Debian, and FFmpeg 9.

seconds=5
frames=$((seconds * 30))

# push_ffmpeg PATH_OR_URL OPTION…: $frames frames; the options go to the output.
push_ffmpeg() {
    local url=$1
    shift
    timeout 120 "${ffmpeg:-ffmpeg}" -nostdin -hide_banner -v warning ${pace--re} \
        -f lavfi -i "testsrc2=size=640x480:rate=30" -f lavfi -i "sine=frequency=440" \
        -map 0:v -frames:v "$frames" -c:v libx264 -preset ultrafast -g 30 "$@" \
        -f flv -flvflags no_duration_filesize "$url" 2>"$work/ffmpeg.log"
}

ffmpeg_arrives() { # OPTION…
    start_host || return
    push_ffmpeg "rtmp://$address/stream1" "$@" || fail "ffmpeg: $(<"$work/ffmpeg.log")" || return
    arrived "$frames"
}

ffmpeg-plain() { ffmpeg_arrives -tune zerolatency; }
ffmpeg-aac() { ffmpeg_arrives -tune zerolatency -map 1:a -c:a aac -shortest; }
ffmpeg-bframes() { ffmpeg_arrives -preset fast -bf 3 -b_strategy 0; }
ffmpeg-fast() { pace='' ffmpeg_arrives -tune zerolatency; }
ffmpeg9-fast() { ffmpeg=$ffmpeg9 pace='' ffmpeg_arrives -tune zerolatency; }

# From 6.1 on the first half second comes at once: it has its spacing all the same, as all others.
ffmpeg9-burst() {
    ffmpeg=$ffmpeg9 ffmpeg_arrives -tune zerolatency && evenly_spaced
}

ffmpeg-rtmps() {
    start_tls_host || return
    push_ffmpeg "rtmps://$address/stream1" -tune zerolatency ||
        fail "ffmpeg: $(<"$work/ffmpeg.log")" || return
    arrived "$frames"
}

# FFmpeg has written everything and has closed long before the last of it is through the slow link; what the driver
# sends meanwhile must not make it throw the rest away.
ffmpeg9-slow-link() {
    start_host || return
    interop/link "${address##*:}" --bytes-per-second 200000 >"$work/link" &
    local link=$!
    until [ -s "$work/link" ]; do
        kill -0 $link 2>/dev/null || fail 'no link' || return
        sleep 0.1
    done
    local frames=90
    ffmpeg=$ffmpeg9 push_ffmpeg "rtmp://127.0.0.1:$(<"$work/link")/stream1" -tune zerolatency -b:v 3M -bufsize 1M ||
        fail "ffmpeg: $(<"$work/ffmpeg.log")" || return
    await 1 '.event == "stream_stopped"' 2>/dev/null && fail 'the link was not slow' && return 1
    arrived "$frames"
    local status=$?
    kill $link
    return $status
}

# The refusal ends up before the eyes of who runs ffmpeg, in our words.
refusal_is_shown() {
    local reason
    reason=$(await 10 '.event == "publish_refused"' | jq -r .reason) || return
    grep -qF -- "$reason" "$work/ffmpeg.log" ||
        fail "ffmpeg does not show \"$reason\" but: $(<"$work/ffmpeg.log")" || return
    stop_host
}

ffmpeg-refused() {
    start_host || return
    if push_ffmpeg "rtmp://$address/no-such-camera" -tune zerolatency; then
        fail 'ffmpeg did not notice that it was refused'
        return
    fi
    refusal_is_shown
}

# SVT-AV1 wants seconds of pictures before it yields the first: the refusal lies there for as long.
ffmpeg9-refused-codec() {
    start_host || return
    if ffmpeg=$ffmpeg9 push_ffmpeg "rtmp://$address/stream1" -codec:v libsvtav1 -preset 10 -svtav1-params lp=1:lookahead=120; then
        fail 'ffmpeg did not notice that it was refused'
        return
    fi
    refusal_is_shown
}

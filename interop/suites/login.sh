# Publishers that have to log in: each with the right login, with a wrong one, and without.

login_user=me
login_password='s3cr.t-Pass'

# A host that tells everything it has to tell.
start_login_host() { start_host --log debug --login "$login_user:$login_password" "$@"; }

# Nothing of the password is in what the host has said.
told_no_secret() {
    if grep -F "$login_password" "$events" "$work/driver-host.log"; then
        fail "the password is in the host's output"
        return 1
    fi
}

# Nor in what its page shows.
shows_no_secret() {
    local web path
    web=$(jq -nRr 'first(inputs | fromjson? | select(.event == "listening")) | .web' "$events")
    for path in '' api/cameras api/settings metrics api/cameras/1/qr.svg; do
        curl -sSf "$web$path" || fail "no answer to /$path" || return
    done >"$work/shown" && timeout 3 curl -sSN "${web}api/updates" >>"$work/shown"
    [ "$(grep -c stream1 "$work/shown")" -gt 0 ] || fail 'the page shows no camera' || return
    if grep -F "$login_password" "$work/shown"; then
        fail "the password is in what the page shows"
        return 1
    fi
}

# turned_away COMMAND…: it fails, and nothing was published.
turned_away() {
    if "$@"; then
        fail "published without the right login: $*"
        return 1
    fi
    if grep -q '"stream_started"' "$events"; then
        fail "a stream was started without the right login: $*"
        return 1
    fi
}

# logs_in SCHEME://: FFmpeg, at camera 1 of the host.
ffmpeg_logs_in() {
    local frames=30 pace='' host_of_url=${address/127.0.0.1/localhost}
    local with_wrong_password=$1$login_user:guess@$host_of_url/stream1
    local with_wrong_user=$1you:$login_password@$host_of_url/stream1
    turned_away push_ffmpeg "$with_wrong_password" -tune zerolatency || return
    grep -q 'authfailed' "$work/ffmpeg.log" || fail "FFmpeg was not told why: $(<"$work/ffmpeg.log")" || return
    turned_away push_ffmpeg "$with_wrong_user" -tune zerolatency || return
    turned_away push_ffmpeg "$1$host_of_url/stream1" -tune zerolatency || return
    turned_away push_ffmpeg "$1$host_of_url/stream1?user=$login_user&pass=guess" -tune zerolatency || return
    frames=90 pace=-re
    push_ffmpeg "$1$login_user:$login_password@$host_of_url/stream1" -tune zerolatency ||
        fail "ffmpeg: $(<"$work/ffmpeg.log")" || return
    shows_no_secret && arrived "$frames" && told_no_secret
}

login-ffmpeg() { start_login_host && ffmpeg_logs_in rtmp://; }
login-ffmpeg9() { ffmpeg=$ffmpeg9 login-ffmpeg; }
login-ffmpeg-rtmps() { start_tls_host --log debug --login "$login_user:$login_password" && ffmpeg_logs_in rtmps://; }

# In the address instead: one that cannot log in otherwise does it so.
login-query() {
    start_login_host || return
    push_ffmpeg "rtmp://$address/stream1?user=$login_user&pass=${login_password//./%2E}" -tune zerolatency ||
        fail "ffmpeg: $(<"$work/ffmpeg.log")" || return
    arrived "$frames" && told_no_secret
}

gstreamer_pushes() { # SINK…
    timeout 60 gst-launch-1.0 -q videotestsrc num-buffers=30 ! x264enc tune=zerolatency speed-preset=ultrafast \
        ! flvmux streamable=true ! "$@" >"$work/gstreamer.log" 2>&1
}

login-gstreamer() {
    start_login_host || return
    local path=$address/stream1/stream1
    turned_away gstreamer_pushes rtmp2sink location="rtmp://$login_user:guess@$path" authmod=auto || return
    turned_away gstreamer_pushes rtmp2sink location="rtmp://$path" authmod=auto || return
    gstreamer_arrives rtmp2sink location="rtmp://$login_user:$login_password@$path" authmod=auto && told_no_secret
}

# librtmp as Debian builds it (with GnuTLS) writes behind its buffers when it logs in, whatever the server says, and
# ends by it more often than not. So here the address says who it is.
login-librtmp() {
    start_login_host || return
    local path=$address/stream1
    turned_away gstreamer_pushes rtmpsink location="rtmp://$path?user=$login_user&pass=guess/stream1 live=1" || return
    turned_away gstreamer_pushes rtmpsink location="rtmp://$path/stream1 live=1" || return
    gstreamer_arrives rtmpsink location="rtmp://$path?user=$login_user&pass=$login_password/stream1 live=1" &&
        told_no_secret
}

login-obs() {
    start_login_host || return
    local received
    turned_away env OBS_USER="$login_user" OBS_PASSWORD=guess interop/obs-push "rtmp://$address/stream1" stream1 5 \
        >"$work/obs.log" 2>&1 || return
    turned_away interop/obs-push "rtmp://$address/stream1" stream1 5 >"$work/obs.log" 2>&1 || return
    OBS_USER=$login_user OBS_PASSWORD=$login_password interop/obs-push "rtmp://$address/stream1" stream1 8 \
        >"$work/obs.log" 2>&1 || fail "OBS: $(tail -n 5 "$work/obs.log")" || return
    received=$(await 30 '.event == "stream_stopped"' | jq .frames) || return
    [ "$received" -ge 60 ] || fail "$received frames arrived" || return
    arrived "$received" && told_no_secret
}

# A stream key, and an address that is signed with it.
login-stream-key() {
    start_host --log debug --stream-key "1=$login_password" || return
    local frames=30 pace='' signed place
    # Keys in whatever place: they are in no log line and no event, whoever asks for them.
    for place in "no-such-camera/$login_password" "$login_password" "stream1%3Fkey=$login_password" \
        "stream1;key=$login_password" "stream1?pass=$login_password" "$login_password/stream1"; do
        turned_away push_ffmpeg "rtmp://$address/$place" -tune zerolatency || return
    done
    turned_away push_ffmpeg "rtmp://$address/stream1" -tune zerolatency || return
    turned_away push_ffmpeg "rtmp://$address/stream1?key=guess" -tune zerolatency || return
    signed=$("$driver_host" sign --server "rtmp://$address" --path /stream1 --key "$login_password") || return
    turned_away push_ffmpeg "${signed}0" -tune zerolatency || return
    push_ffmpeg "$signed" -tune zerolatency || fail "ffmpeg: $(<"$work/ffmpeg.log")" || return
    shows_no_secret || return
    arrived "$frames" && told_no_secret
}

# GStreamer, over its own client and over librtmp.

gstreamer_arrives() { # SINK…
    timeout 120 gst-launch-1.0 -q videotestsrc num-buffers="$frames" is-live=true pattern=ball \
        ! video/x-raw,width=640,height=480,framerate=30/1 \
        ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=30 \
        ! h264parse ! flvmux streamable=true ! "$@" >"$work/gstreamer.log" 2>&1 ||
        fail "gst-launch-1.0: $(<"$work/gstreamer.log")" || return
    arrived "$frames"
}

# What piles up while the connection is made comes at once.
gstreamer-rtmp2sink() {
    start_host && gstreamer_arrives rtmp2sink location="rtmp://$address/stream1/stream1" && evenly_spaced
}

gstreamer-rtmpsink() {
    start_host && gstreamer_arrives rtmpsink location="rtmp://$address/stream1/stream1 live=1"
}

gstreamer-rtmpsink-rtmps() {
    start_tls_host && gstreamer_arrives rtmpsink location="rtmps://$address/stream1/stream1 live=1"
}

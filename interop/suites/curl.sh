# curl, over librtmp: it sends an FLV file as fast as it is taken.

curl_arrives() { # SCHEME
    ffmpeg -nostdin -v error -f lavfi -i "testsrc2=size=640x480:rate=30" -frames:v "$frames" \
        -c:v libx264 -preset ultrafast -tune zerolatency -g 30 "$work/clip.flv" &&
        timeout 120 curl --silent --show-error --upload-file "$work/clip.flv" "$1://$address/stream1/stream1" \
            >"$work/curl.log" 2>&1 ||
        fail "curl: $(<"$work/curl.log")" || return
    arrived "$frames"
}

curl-rtmp() { start_host && curl_arrives rtmp; }
curl-rtmps() { start_tls_host && curl_arrives rtmps; }

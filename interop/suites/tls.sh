# TLS by itself.

# Both versions of TLS, with the certificate checked.
openssl-s_client() {
    start_tls_host || return
    local version
    for version in 1.2 1.3; do
        openssl s_client -connect "$address" "-tls${version/./_}" -CAfile "$work/certificate.pem" \
            -verify_return_error -verify_hostname localhost </dev/null >"$work/s_client.log" 2>&1
        grep -q "New, TLSv$version" "$work/s_client.log" ||
            fail "TLS $version: $(tail -n 5 "$work/s_client.log")" || return
    done
    stop_host
}

# A certificate by the README's recipe, for this machine: FFmpeg 9 verifies by default, and trusts it when told to.
ffmpeg9-readme-certificate() {
    mkdir "$work/data"
    awk '/<!-- check: openssl -->/ { found = 1 } found && /^```$/ { exit } found && /^openssl/' README.md |
        sed 's/recorder\.example\.com/localhost/g; s/192\.0\.2\.7/127.0.0.1/' >"$work/recipe"
    (cd "$work/data" && sh -e ../recipe) 2>"$work/openssl.log" && [ -f "$work/data/rtmp.pfx" ] ||
        fail "the README's recipe: $(<"$work/openssl.log")" || return
    start_host --data-dir "$work/data" --set EnableTls=true --set TlsCertificatePassword=change-me || return
    local name frames=30
    for name in localhost 127.0.0.1; do
        if ffmpeg=$ffmpeg9 push_ffmpeg "rtmps://$name:${address##*:}/stream1"; then
            fail "FFmpeg trusts the certificate of $name untold"
            return
        fi
    done
    frames=60
    ffmpeg=$ffmpeg9 push_ffmpeg "rtmps://localhost:${address##*:}/stream1" -tune zerolatency \
        -tls_verify 1 -ca_file "$work/data/certificate.pem" || fail "ffmpeg: $(<"$work/ffmpeg.log")" || return
    arrived "$frames"
}

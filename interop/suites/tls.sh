# TLS without a publisher.

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

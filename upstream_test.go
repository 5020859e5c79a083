package main

import (
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

// corporate starts a machine's own proxy that leads every host to ADDRESS (a URL;
// "": it answers 403) for who comes with the credentials of HTTPS_PROXY, and
// writes a line into the file corporate for each tunnel.
func corporate(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 3 {
		ts.Fatalf("usage: corporate USER PASSWORD ADDRESS")
	}
	pair := "Basic " + base64.StdEncoding.EncodeToString([]byte(args[0]+":"+args[1]))
	to, err := url.Parse(args[2])
	ts.Check(err)
	log, err := os.OpenFile(ts.MkAbs("corporate"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	ts.Check(err)
	way := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodConnect || r.Header.Get("Proxy-Authorization") != pair:
			w.Header().Set("Proxy-Authenticate", "Basic")
			w.WriteHeader(http.StatusProxyAuthRequired)
		case to.Host == "":
			w.WriteHeader(http.StatusForbidden)
		default:
			_, _ = io.WriteString(log, "CONNECT "+r.Host+"\n")
			throughTo(w, to.Host)
		}
	}))
	ts.Defer(func() { way.CloseClientConnections(); way.Close(); log.Close() })
	at, err := url.Parse(way.URL)
	ts.Check(err)
	ts.Setenv("CORPORATE", at.Host)
	at.User = url.UserPassword(args[0], args[1])
	ts.Setenv("HTTPS_PROXY", at.String())
}

// throughTo joins a tunnel to an address.
func throughTo(w http.ResponseWriter, address string) {
	there, err := net.Dial("tcp", address)
	if err != nil {
		http.Error(w, "no way", http.StatusBadGateway)
		return
	}
	defer there.Close()
	w.WriteHeader(http.StatusOK)
	here, sent, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	go func() {
		_, _ = io.Copy(there, sent)
		_ = there.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(here, there)
}

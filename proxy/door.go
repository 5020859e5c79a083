package proxy

import (
	"bufio"
	"context"
	"encoding/base64"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/elazarl/goproxy"
)

// connect sets goproxy up: CONNECT to Anton is terminated by us, everything
// else tunnelled or forwarded untouched. Its own interception, and with it its
// public key, is never used.
func (p *Proxy) connect() {
	g := goproxy.NewProxyHttpServer()
	g.Logger = log.New(io.Discard, "", 0)
	g.KeepAcceptEncoding = true
	g.NonproxyHandler = http.HandlerFunc(p.misdirected)
	g.Tr = &http.Transport{
		DialContext:         p.house.dial,
		DisableCompression:  true,
		TLSHandshakeTimeout: patience,
		IdleConnTimeout:     idle,
	}
	g.ConnectDial = func(network, addr string) (net.Conn, error) {
		return p.house.dial(context.Background(), network, addr)
	}
	if out := p.to.Proxy; out != nil {
		g.Tr.Proxy = http.ProxyURL(out)
		g.ConnectDial = g.NewConnectDialToProxyWithHandler(out.String(), func(r *http.Request) { authenticate(r, out) })
	}
	g.OnRequest().HandleConnectFunc(p.classify)
	g.OnRequest().DoFunc(func(r *http.Request, ctx *goproxy.ProxyCtx) (*http.Request, *http.Response) {
		if x := exchangeOf(r.Context()); x != nil {
			ctx.RoundTripper = goproxy.RoundTripperFunc(func(r *http.Request, _ *goproxy.ProxyCtx) (*http.Response, error) {
				return p.cross(x, r), nil
			})
		}
		return r, nil
	})
	p.goproxy = g
}

// authenticate carries the credentials of the machine's own proxy, which
// goproxy leaves behind.
func authenticate(r *http.Request, out *url.URL) {
	if out.User == nil {
		return
	}
	password, _ := out.User.Password()
	pair := out.User.Username() + ":" + password
	r.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
}

func (p *Proxy) classify(target string, ctx *goproxy.ProxyCtx) (*goproxy.ConnectAction, string) {
	if !p.profile.Host(hostname(target)) {
		p.passed.note(hostname(target))
		return &goproxy.ConnectAction{Action: goproxy.ConnectAccept}, target
	}
	p.trust.asked(ctx.Req.UserAgent())
	return &goproxy.ConnectAction{Action: goproxy.ConnectHijack, Hijack: p.terminate}, target
}

// hostname is the name in "name:port" or "name", in lower case, without the
// root's dot.
func hostname(target string) string {
	if host, _, err := net.SplitHostPort(target); err == nil {
		target = host
	}
	return strings.ToLower(strings.TrimSuffix(target, "."))
}

func (p *Proxy) serveOuter() {
	p.house.left = p.farewell
	p.outer = &http.Server{
		Handler:                      http.HandlerFunc(p.receive),
		ReadHeaderTimeout:            patience,
		MaxHeaderBytes:               maxHead,
		ConnContext:                  withClient,
		ConnState:                    func(conn net.Conn, s http.ConnState) { clientOf(conn).moved(s) },
		ErrorLog:                     log.New(io.Discard, "", 0),
		DisableGeneralOptionsHandler: true,
	}
	go func() { _ = p.outer.Serve(entrance{p.door, &p.house}) }()
}

// entrance makes a client of every connection.
type entrance struct {
	net.Listener
	house *house
}

func (e entrance) Accept() (net.Conn, error) {
	conn, err := e.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return e.house.enter(conn.(*net.TCPConn)), nil
}

// receive is the proxy's front door. Plain http to Anton is not for goproxy: it
// is an exchange, to be refused. Who asks for an https URL without a tunnel
// speaks TLS to nobody: that is between golive and the client, not the app.
func (p *Proxy) receive(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect && r.URL.IsAbs() && p.profile.Host(hostname(r.URL.Host)) {
		if r.URL.Scheme == "https" {
			p.log("%s asked for https without a tunnel", r.UserAgent())
			tell(w, "tunnel_required", "this client asks a proxy for https without CONNECT; take another HTTP client, or in golive.yaml app.route: base_url")
			return
		}
		c := r.Context().Value(clientKey{}).(*client)
		c.plain, c.host = true, hostname(r.URL.Host)
		if c.id == "" {
			c.id = p.writer.ID("c")
		}
		p.serve(w, r)
		return
	}
	if r.Method != http.MethodConnect && r.URL.IsAbs() {
		p.passed.note(hostname(r.URL.Host))
	}
	p.goproxy.ServeHTTP(&passage{w}, r)
}

// misdirected answers who takes the proxy for a server.
func (p *Proxy) misdirected(w http.ResponseWriter, _ *http.Request) {
	tell(w, "proxy_address", "this is the address of a proxy, for HTTPS_PROXY; as a base URL use "+p.BaseURL())
}

// tell answers who uses the proxy in a wrong way: 400.
func tell(w http.ResponseWriter, code, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write(problem(code, "golive: "+text))
}

// passage lets foreign traffic through: every piece at once, and no byte that
// came in one packet with CONNECT is lost.
type passage struct{ http.ResponseWriter }

func (w *passage) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *passage) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

func (w *passage) Write(b []byte) (int, error) {
	n, err := w.ResponseWriter.Write(b)
	w.Flush()
	return n, err
}

func (w *passage) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	if n := rw.Reader.Buffered(); n > 0 {
		early, _ := rw.Reader.Peek(n)
		clientOf(conn).ahead = append([]byte(nil), early...)
	}
	return conn, rw, nil
}

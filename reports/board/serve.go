package board

import (
	"crypto/subtle"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
)

// role is who looks: the link tells.
type role struct {
	name     string // the first element of every path: "present", "view"
	token    string
	presents bool
}

func (b *Board) roles() []role {
	return []role{{"present", b.Presenter, true}, {"view", b.Viewer, false}}
}

// Handler serves the board at an address, "127.0.0.1:port":
//
//	GET  /present/?token=…   the presenter's link: a cookie takes the token out of sight
//	GET  /present/           the page
//	GET  /present/events     what changes, as server-sent events
//	GET  /present/at/REF     one item, exchange, delivery or mark
//	GET  /present/find?q=…   rows that hold a text
//	GET  /present/take/NAME  a file, when the run has ended
//	POST /present/do/ACT     arm, pay, deliver, walk, exercise, note, sign, waive, end
//
// and the same under /view/ for those who look on, who get 403 from every POST.
// Requests with another Host, or from a page of another origin, get 403.
func (b *Board) Handler(address string) http.Handler {
	mux := http.NewServeMux()
	for _, r := range b.roles() {
		at := func(pattern string, serve func(http.ResponseWriter, *http.Request, role)) {
			method, path, _ := strings.Cut(pattern, " ")
			mux.HandleFunc(method+" /"+r.name+path, func(w http.ResponseWriter, q *http.Request) {
				if b.admit(w, q, r) {
					serve(w, q, r)
				}
			})
		}
		at("GET /{$}", b.page)
		at("GET /events", b.events)
		at("GET /at/{ref...}", b.detail)
		at("GET /find", b.find)
		at("GET /take/{name}", b.download)
		at("POST /do/{act}", b.do)
	}
	static := http.FileServerFS(embedded)
	mux.Handle("GET /static/", static)
	return b.guard(address, mux)
}

// guard refuses who comes under another name (DNS rebinding) or from elsewhere.
func (b *Board) guard(address string, next http.Handler) http.Handler {
	_, port, _ := net.SplitHostPort(address)
	hosts := []string{address, net.JoinHostPort("localhost", port)}
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "+
			"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		if !slices.Contains(hosts, q.Host) {
			http.Error(w, "this board answers to "+address+" alone", http.StatusForbidden)
			return
		}
		origin := q.Header.Get("Origin")
		if origin != "" && origin != "http://"+q.Host || origin == "" && q.Method != http.MethodGet {
			http.Error(w, "this board answers its own page alone", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, q)
	})
}

// admit lets in who has the role's token, in the cookie or, once, in the link.
func (b *Board) admit(w http.ResponseWriter, q *http.Request, r role) bool {
	name := "golive-" + b.epoch + "-" + r.name
	if given := q.URL.Query().Get("token"); given != "" && same(given, r.token) {
		http.SetCookie(w, &http.Cookie{Name: name, Value: r.token, Path: "/" + r.name + "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		http.Redirect(w, q, "/"+r.name+"/", http.StatusSeeOther)
		return false
	}
	if c, err := q.Cookie(name); err == nil && same(c.Value, r.token) {
		return true
	}
	http.Error(w, "this link is not of the run that is on now; take the one that golive printed", http.StatusForbidden)
	return false
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// download hands a file out.
func (b *Board) download(w http.ResponseWriter, q *http.Request, _ role) {
	b.mu.Lock()
	at := slices.IndexFunc(b.files, func(f File) bool { return f.Name == q.PathValue("name") })
	var path string
	if at >= 0 {
		path = b.files[at].Path
	}
	b.mu.Unlock()
	f, err := os.Open(path)
	if at < 0 || err != nil {
		http.NotFound(w, q)
		return
	}
	defer f.Close()
	w.Header().Set("Content-Disposition", `attachment; filename="`+q.PathValue("name")+`"`)
	_, _ = io.Copy(w, f) // a reader who goes away is their own matter
}

package reports

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// serve shows a report in the browser until ctx ends: on loopback, behind a
// secret in its address, which it writes to w; what there is to it goes to hint.
// On a terminal the browser is opened; where there is none, the address is all.
func serve(ctx context.Context, w, hint io.Writer, r *Report) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	secret := "/" + rand.Text() + "/"
	handler, err := pagesOf(r, l.Addr().String(), secret)
	if err != nil {
		return err
	}
	s := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = s.Close() })
	address := "http://" + l.Addr().String() + secret
	fmt.Fprintln(hint, "the report, until Ctrl-C ends it; report.json, summary.md and the others lie beside it:")
	fmt.Fprintln(w, address)
	if Colored(os.Stdout) {
		browse(address)
	}
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// pagesOf answers with the report's page, and beside it with each of its other
// formats by its name in a bundle. Whoever asks under another name than the
// listener's own is refused: a page of another origin may have let its name
// point here.
func pagesOf(r *Report, host, secret string) (http.Handler, error) {
	pages := map[string]Format{}
	texts := map[string][]byte{}
	for _, f := range Formats {
		var b bytes.Buffer
		if err := f.Write(&b, r); err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
		name := secret + f.File
		if f.Name == "html" {
			name = secret
		}
		if f.File != "" {
			pages[name], texts[name] = f, b.Bytes()
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		f, known := pages[q.URL.Path]
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		switch {
		case q.Host != host:
			http.Error(w, "this report is at "+host, http.StatusForbidden)
		case !known:
			http.NotFound(w, q)
		case q.Method != http.MethodGet && q.Method != http.MethodHead:
			http.Error(w, "a report is only read", http.StatusMethodNotAllowed)
		default:
			h.Set("Content-Type", f.Media)
			_, _ = w.Write(texts[q.URL.Path])
		}
	}), nil
}

// browse opens the browser; one that is not there is no trouble.
func browse(address string) {
	opener := map[string][]string{"darwin": {"open"}, "windows": {"rundll32", "url.dll,FileProtocolHandler"}}[runtime.GOOS]
	if opener == nil {
		opener = []string{"xdg-open"}
	}
	c := exec.Command(opener[0], append(opener[1:], address)...)
	if c.Start() == nil {
		go func() { _ = c.Wait() }()
	}
}

package proxy

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"github.com/anton-payments/golive/proxy/recording"
)

// hinting is an Anton that says something before it answers.
func hinting(w http.ResponseWriter, r *http.Request) {
	for _, hint := range []string{"</a.css>", "</b.css>"} {
		w.Header().Set("Link", hint)
		w.WriteHeader(http.StatusEarlyHints)
	}
	w.Header().Del("Link")
	w.WriteHeader(http.StatusProcessing)
	echo(w, r)
}

// told posts a body and gives the informational answers as well.
func (s *stand) told(w way, body string) (hints []string, got reply, err error) {
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		Got1xxResponse: func(status int, header textproto.MIMEHeader) error {
			hints = append(hints, fmt.Sprint(status, header["Link"]))
			return nil
		},
	})
	r, err := http.NewRequestWithContext(ctx, "POST", s.url(w, "/v1/payouts"), strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	got, err = read(s.client(w).Do(r))
	return hints, got, err
}

func TestEarlyHintsPassAsTheyCome(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		s := newStand(t, hinting, nil)
		for _, body := range []string{"short", strings.Repeat("long", shortWhole)} { // by a lane, by the transport
			hints, got, err := s.told(w, body)
			if err != nil || got.StatusCode != 200 || got.body != body || got.Header["Link"] != nil {
				t.Fatalf("got %v %v", got.Response, err)
			}
			if want := []string{"103 [</a.css>]", "103 [</b.css>]", "102 []"}; !slices.Equal(hints, want) {
				t.Errorf("hints %q, want %q", hints, want)
			}
		}
		for _, x := range s.end().Exchanges {
			if x.Status() != 200 || x.Response.Header["Link"] != nil || x.Error != "" {
				t.Errorf("recorded as %+v", x)
			}
		}
	})
}

// HTTP/1.0 knows no informational answers, and a fault lets none out.
func TestEarlyHintsStayBehind(t *testing.T) {
	s := newStand(t, hinting, nil)
	conn := s.tunnel()
	fmt.Fprint(conn, "GET /v1/payouts HTTP/1.0\r\nHost: api.antonpayments.dev\r\n\r\n")
	if line, err := bufio.NewReader(conn).ReadString('\n'); !strings.Contains(line, " 200 ") {
		t.Errorf("%q %v", line, err)
	}
	s.Arm(Fault{Kind: recording.FaultLostAnswer, Times: 1})
	if hints, got, err := s.told(h1, "short"); err == nil || len(hints) > 0 {
		t.Errorf("%q %v", hints, got)
	}
}

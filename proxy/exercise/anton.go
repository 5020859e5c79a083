package exercise

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy"
	"github.com/shopspring/decimal"
)

// Upstream is where Anton answers in this run.
type Upstream struct {
	Name    string // "embedded", or the host: what the recording says
	URL     *url.URL
	Roots   *x509.CertPool // nil: the system's
	Key     string         // real key that replaces the handed one; "": the handed key is good there
	Proxy   *url.URL       // the machine's own proxy; nil: none
	Control string         // the embedded sandbox's control surface; "": a real Anton, which nobody steers
}

// bank is the harness's own line to Anton, beside the app's.
type bank struct {
	at     Upstream
	key    string
	client *http.Client
	people *anton.Profile
}

func newBank(at Upstream, key string, p *anton.Profile) *bank {
	if at.Key != "" {
		key = at.Key
	}
	t := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: at.Roots, MinVersion: tls.VersionTLS12}}
	if net.ParseIP(at.URL.Hostname()) != nil {
		t.TLSClientConfig.ServerName = p.Sandbox // as for the app's calls
	}
	proxy.Through(t, at.Proxy)
	return &bank{at: at, key: key, people: p, client: &http.Client{Transport: t, Timeout: 30 * time.Second}}
}

// refusal is an answer of Anton's that is no success.
type refusal int

func (r refusal) Error() string { return fmt.Sprintf("answered %d", int(r)) }

// unreached is the error of a first call as one that the user can mend.
func (b *bank) unreached(err error) error {
	var status refusal
	if errors.As(err, &status) && (status == http.StatusUnauthorized || status == http.StatusForbidden) {
		return unusable("upstream not usable: %s refuses the key (%d); set GOLIVE_UPSTREAM_KEY to a key of that environment that is not revoked", b.at.Name, status)
	}
	if what, cure := proxy.Trouble(err, b.at.URL.Host, b.at.Proxy); what != "" {
		return unusable("upstream not usable: %s; %s", what, cure)
	}
	return unusable("upstream not usable: %w; check upstream in golive.yaml and GOLIVE_UPSTREAM_KEY", err)
}

// script steers one payout of the embedded sandbox; see its control surface.
type script struct {
	Path   []anton.Status `json:"path"`
	Silent bool           `json:"silent,omitempty"`
	Show   anton.Status   `json:"show,omitempty"`
}

func (b *bank) steer(ctx context.Context, reference string, s script) error {
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return b.control(ctx, "PUT", "/scripts/"+url.PathEscape(reference), body, nil)
}

// unsteer takes the script of payouts that no other names back.
func (b *bank) unsteer(ctx context.Context) error {
	return b.control(ctx, "DELETE", "/scripts/"+next, nil, nil)
}

// payout is what Anton holds of a payout, as far as an exercise looks.
type payout struct {
	ID       string `json:"id"`
	Status   string `json:"status"`
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	Person   string `json:"payee_id"`
	Paid     string `json:"instrument_id"`
}

// payouts are all payouts that Anton holds for a reference; "": all there are.
func (b *bank) payouts(ctx context.Context, reference string) ([]payout, error) {
	var list struct {
		Data []payout `json:"data"`
	}
	err := b.control(ctx, "GET", "/payouts?reference="+url.QueryEscape(reference), nil, &list)
	return list.Data, err
}

func (b *bank) control(ctx context.Context, method, path string, body []byte, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, b.at.Control+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	return b.do(req, into)
}

// balance is one currency's account.
type balance struct {
	Currency  string          `json:"currency"`
	Available decimal.Decimal `json:"available"`
	Total     decimal.Decimal `json:"total"`
}

func (b *bank) balances(ctx context.Context) ([]balance, error) {
	var list struct {
		Data []balance `json:"data"`
	}
	err := b.api(ctx, "GET", "/v1/balances", nil, &list)
	return list.Data, err
}

// subscribe registers a webhook on the app's behalf.
func (b *bank) subscribe(ctx context.Context, receiver string) error {
	body, err := json.Marshal(map[string]any{"url": receiver, "events": []string{"*"}})
	if err != nil {
		return err
	}
	return b.api(ctx, "POST", "/v1/webhooks", body, nil)
}

func (b *bank) api(ctx context.Context, method, path string, body []byte, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, b.at.URL.JoinPath(path).String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+b.key)
	req.Header.Set("Content-Type", "application/json")
	return b.do(req, into)
}

func (b *bank) do(req *http.Request, into any) error {
	resp, err := b.client.Do(req)
	if err != nil {
		return fmt.Errorf("anton at %s: %w", b.at.Name, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 8<<20))
	if err != nil {
		return fmt.Errorf("anton at %s: %w", b.at.Name, err)
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("anton at %s: %s %s %w", b.at.Name, req.Method, req.URL.Path, refusal(resp.StatusCode))
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(data, into)
}

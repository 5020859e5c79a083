package checks

import (
	"strings"
	"testing"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// sent is the evidence of one call with that body.
func sent(t *testing.T, path, kind string, body []byte) *Evidence {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	e, err := EvidenceOf(&recording.Recording{
		Open: recording.Open{Version: 1, Profile: anton.Profiles[0].Name, Upstream: "embedded", Route: "proxy"},
		Exchanges: []*recording.Exchange{{
			ID: "x1", Start: at, End: at.Add(time.Second), Operation: "r1-1",
			Request: recording.Request{Method: "POST", Scheme: "https", Host: anton.Profiles[0].Sandbox, Path: path,
				Header: map[string][]string{"Content-Type": {kind}}, Body: recording.Body{Base64: body, Size: int64(len(body))}},
			Response: &recording.Response{Status: 201, Body: recording.Body{Base64: body}},
		}},
		Close: &recording.Close{Reason: "finished"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Whatever stands in the place of an amount: each check comes to a verdict, and
// what is well formed can be compared as a decimal.
func FuzzMoney(f *testing.F) {
	for _, s := range []string{`"100.00"`, `1e400`, `"1E+99"`, `-0`, `0.1`, `"１００"`, `"1,000.00"`, `null`, `{"value":"1"}`, `["1"]`, `"` + strings.Repeat("9", 400) + `"`, `"0.` + strings.Repeat("0", 400) + `1"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, token string) {
		body := `{"amount":` + token + `,"currency":"USD","reference":"r1-1"}`
		if _, err := JudgeAll(All(), sent(t, "/v1/payouts", "application/json", []byte(body))); err != nil {
			t.Fatal(err)
		}
		bare := strings.Trim(token, `"`)
		if amountDigits.MatchString(bare) && len(bare) < 30 {
			d, ok := decimalOf(bare)
			if !ok || d.IsNegative() || int(-d.Exponent()) > decimals(bare) {
				t.Errorf("%s is %s, %v, with %d decimals", bare, d, ok, decimals(bare))
			}
		}
	})
}

// Whatever a batch file or another body holds, each check comes to a verdict.
func FuzzCSV(f *testing.F) {
	const head = "payee_id,instrument_id,amount,currency,description,reference\n"
	f.Add("text/csv", []byte(head+"pye_1,ins_1,10.00,USD,,r1\npye_1,ins_1,1e2,JPY,\"a,\nb\",r2\n"))
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"b.csv\"\r\n\r\n"+head+"a,b,1\r\n--b--"))
	f.Add("multipart/form-data", []byte(head))
	f.Add("", []byte("amount\n\"1\n"))
	f.Add("application/json", []byte(`{"data":[{"amount":1}],"has_more":true,"next_cursor":"a+/=%"}`))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		path := []string{"/v1/batches", "/v1/payouts", "/v1/payees"}[len(body)%3]
		if _, err := JudgeAll(All(), sent(t, path, kind, body)); err != nil {
			t.Fatal(err)
		}
	})
}

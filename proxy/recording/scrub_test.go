package recording

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// canaries are what the run of these tests knows.
var canaries = []struct{ kind, value string }{
	{KindTestKey, "ak_test_0123456789abcdef"},
	{KindLiveKey, "ak_live_fedcba9876543210"},
	{KindWebhookSecret, "whsec_canary-0001"},
	{KindAccount, "123456789012"},
	{KindRouting, "021000021"},
	{KindIBAN, "DE89370400440532013000"},
	{KindCard, "4111111111111111"},
	{KindName, "Renée"},
	{KindName, "O'Brien/Løvås"},
	{KindName, "Anna Smith"},
	{KindEmail, "renee.canary+1@merchant.example"},
	{KindPhone, "+491701234567"},
	{KindBirth, "1990-02-03"},
	{KindAddress, "Hauptstraße 7"},
	{KindToken, `quote"and\back`},
}

func knowing() *Scrub {
	s := NewScrub()
	for _, c := range canaries {
		s.Know(c.kind, c.value)
	}
	return s
}

// written replaces fingerprints by their kind in braces: "account:…" is
// "{account}". What a test compares.
func written(s string) string {
	if len(s) > 1<<16 {
		return s // no test has one in so long a text
	}
	return fingerprint.ReplaceAllString(s, "{$1}")
}

var fingerprint = regexp.MustCompile(`(test-key|live-key|token|webhook-secret|account|routing|iban|card|name|email|phone|birth|address|identity|file):[0-9a-f]{16}`)

func TestText(t *testing.T) {
	scrub := knowing()
	for text, want := range map[string]string{
		// known, wherever they stand
		"pay 123456789012 now":                 "pay {account} now",
		"pay-123456789012-x":                   "pay-{account}-x",
		"pay_123456789012_x":                   "pay_{account}_x",
		"123456789012":                         "{account}",
		"9123456789012":                        "9123456789012",
		"1234567890123":                        "1234567890123",
		"a123456789012":                        "a123456789012",
		"123456789012.50":                      "123456789012.50",
		"0.123456789012":                       "0.123456789012",
		"ends in 123456789012.":                "ends in {account}.",
		"RenéeRenée":                           "{name}{name}",
		"for Anna Smith: 1990-02-03":           "for {name}: {birth}",
		"x%20123456789012%2Fy":                 "x%20{account}%2Fy",
		"/v1/payees/Ren%C3%A9e/x":              "/v1/payees/{name}/x",
		"/v1/payees/ren%c3%a9e":                "/v1/payees/{name}",
		"/O%27Brien%2fL%C3%B8v%c3%a5s":         "/{name}",
		"100%, 5%2 %zz 123456789012 %":         "100%, 5%2 %zz {account} %",
		"tel:+491701234567;":                   "tel:{phone};",
		"ak_test_0123456789abcdef-x":           "{test-key}-x",
		`say quote"and\back`:                   `say {token}`,
		"renee.canary+1@merchant.example sent": "{email} sent",
		// patterns
		"key ak_test_Zz19aaaa99 used":                        "key {test-key} used",
		"key=ak_live_Zz19aaaa99&x":                           "key={live-key}&x",
		"secret whsec_c2VjcmV0LXNlY3JldA":                    "secret {webhook-secret}",
		"ant_ocs_sbx_0123456789abcdef":                       "{token}",
		"ak_test_0123456789abcdef99":                         "{test-key}",
		"Bearer ak_test_Zz19aaaa99":                          "Bearer {test-key}",
		"sent Bearer eyJhbGciOi.eyJzdWIi.c2ln, then":         "sent Bearer {token}, then",
		"authorization: basic dXNlcjpwYXNz":                  "authorization: basic {token}",
		"DPoP eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.AAAA":             "DPoP {token}",
		"IBAN GB29 NWBK 6016 1331 9268 19 of them":           "IBAN {iban} of them",
		"IBAN gb29nwbk60161331926819":                        "IBAN {iban}",
		"DE89-3704-0044-0532-0130-00":                        "{iban}",
		"pay-NL91ABNA0417164300-1":                           "pay-{iban}-1",
		"MT84MALT011000012345MTLCAST001S":                    "{iban}",
		"card 5500005555555559.":                             "card {card}.",
		"card 4242 4242 4242 4242 12/29":                     "card {card} 12/29",
		"card 4242-4242-4242-4242":                           "card {card}",
		"3782 822463 10005":                                  "{card}",
		"pan%3D378282246310005":                              "pan%3D{card}",
		"pay-4222222222222":                                  "pay-{card}",
		"mail jo.doe@mail.merchant.co.uk.":                   "mail {email}.",
		"<jo@merchant.example>":                              "<{email}>",
		"?q=jo%40merchant.example&x=1":                       "?q={email}&x=1",
		"jürgen@bücher.example":                              "{email}",
		"https://user:pa55word@proxy.merchant.example:3128/": "https://user:{email}:3128/",
	} {
		if got := written(scrub.Text(text)); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

// What must stay, whatever it looks like.
func TestTextLeavesAlone(t *testing.T) {
	scrub := knowing()
	for _, text := range []string{
		"", "a", "…",
		"pay_cng3q8s6ek9kc5qg1h2g", "pay_01HX8Z9K0M2N3P4Q5R6S7T8UAB", "pye_de89370400440532013001", "ins_4242424242424242",
		"evt_5500005555555559", "batch_378282246310005", "/v1/payouts/pay_4242424242424242/cancel", "wbh_GB29NWBK60161331926819",
		"r1-0001", "golive-20261120-7f3a9c", "payout-r1-0001", "GL-2026-11-20-0001", "INV-1042", "1234-5678-9012-3456",
		"550e8400-e29b-41d4-a716-446655440000", "42424242-4242-4242-4242-424242424242", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"2026-11-20T10:00:00.123456789Z", "2026-11-20T10:00:00+01:00", "1764000000000", "1764000000000000000",
		"100.00", "999999999.99", "1234567.89", "4242424242424242.00", "0.4242424242424242", "USD", "USDC", "pending_screening",
		"eyJpZCI6InBheV9kZWY0NTYifQ", "a+b/c=%3D%26",
		"GB29NWBK60161331926818", "DE8937040044053201300", "XX89370400440532013000", "FR14200410100505000130M026067", "4242424242424241",
		"4242424242424242424242", "04242424242424242", "42424242424242421a", "1111222233334444",
		"ak_test_...", "ak_test_short", "whsec_...", "Bearer authentication is required", "Basic Authentication", "Bearer ", "basic auth",
		"Bearer test-key:0123456789abcdef", "axios@1.7.2", "user@localhost", "@anton/sdk", "a@b", "@", "x @ y.com",
		"t=1764000000,v1=4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "text/html; charset=utf-8",
	} {
		if got := scrub.Text(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// A fingerprint that is searched in its turn stays what it is.
func TestFingerprintsLookLikeNothingElse(t *testing.T) {
	scrub := NewScrub()
	form := regexp.MustCompile(`^name:[0-9][0-9a-f]{7}[a-f][0-9a-f]{7}$`)
	for i := range 5000 {
		print := scrub.Fingerprint(KindName, fmt.Sprint("Anna", i))
		if again := scrub.Text(print); again != print || !form.MatchString(print) {
			t.Fatalf("%s becomes %s", print, again)
		}
	}
}

func TestFingerprintsAreEqualForEqualValues(t *testing.T) {
	scrub, other := knowing(), knowing()
	iban := scrub.Fingerprint(KindIBAN, "DE89370400440532013000")
	for _, text := range []string{"DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "de89-3704-0044-0532-0130-00"} {
		if got := scrub.Text(text); got != iban {
			t.Errorf("%s gives %s, want %s", text, got, iban)
		}
	}
	if got := scrub.Text("4242 4242 4242 4242"); got != scrub.Fingerprint(KindCard, "4242424242424242") {
		t.Errorf("card gives %s", got)
	}
	fresh := "ak_test_neverheard-of-1"
	if got, want := scrub.Text("Bearer "+fresh), "Bearer "+scrub.Fingerprint(KindTestKey, fresh); got != want {
		t.Errorf("key gives %s, want %s", got, want)
	}
	if iban == other.Fingerprint(KindIBAN, "DE89370400440532013000") {
		t.Error("two runs give the same fingerprint")
	}
	if scrub.Fingerprint(KindName, "Anna") == scrub.Fingerprint(KindName, "Anne") {
		t.Error("two values have the same fingerprint")
	}
	h := scrub.Hash()
	h.Write([]byte("x"))
	again := scrub.Hash()
	again.Write([]byte("x"))
	if !bytes.Equal(h.Sum(nil), again.Sum(nil)) {
		t.Error("equal bodies have different digests")
	}
}

func TestKnowLeavesShortValuesAlone(t *testing.T) {
	scrub := NewScrub()
	for _, v := range []string{"", "Al", "Zoé", "123"} {
		scrub.Know(KindName, v)
	}
	if got := scrub.Text("Al Zoé 123"); got != "Al Zoé 123" {
		t.Error(got)
	}
}

// A name that was clean is looked at again when more is known, and where JSON is
// looked into.
func TestNamesAreNotCleanForEver(t *testing.T) {
	s := NewScrub()
	account, secret := []byte(`{"4711-0815":1}`), []byte(`{"{\"password\":\"hunter2!\"}":1}`)
	v := s.take()
	v.depth = nested
	for _, body := range [][]byte{account, secret} {
		if got := v.json(body); !bytes.Equal(got, body) {
			t.Errorf("got %s", got)
		}
	}
	v.depth = 0
	if got := v.json(secret); bytes.Contains(got, []byte("hunter2")) {
		t.Errorf("it stays where JSON is looked into: %s", got)
	}
	s.Know(KindAccount, "4711-0815")
	if got := v.json(account); bytes.Contains(got, []byte("4711-0815")) {
		t.Errorf("it stays when it is known: %s", got)
	}
}

// Values that overlap go together.
func TestOverlapsGoTogether(t *testing.T) {
	scrub := NewScrub()
	scrub.Know(KindName, "Anna Smith")
	scrub.Know(KindAddress, "Smith Street 7")
	scrub.Know(KindName, "Smith")
	for text, want := range map[string]string{
		"to Anna Smith Street 7.": "to {name}.", "Smith": "{name}", "Smith Street 7": "{address}", "Anna.Smith@x.example": "{email}",
	} {
		if got := written(scrub.Text(text)); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

func TestBodyJSON(t *testing.T) {
	scrub := knowing()
	for body, want := range map[string]string{
		// by field name
		`{"first_name":"Al","last_name" : "Ng" ,"middleName":"X"}`:                                                       `{"first_name":"{name}","last_name" : "{name}" ,"middleName":"{name}"}`,
		`{"company_name":"A","legal_name":"B","display_name":"C"}`:                                                       `{"company_name":"{name}","legal_name":"{name}","display_name":"{name}"}`,
		`{"holder_name":"A","contactEmail":"none","phone":"0170"}`:                                                       `{"holder_name":"{name}","contactEmail":"{email}","phone":"{phone}"}`,
		`{"date_of_birth":"1991-01-01","country":"DE"}`:                                                                  `{"date_of_birth":"{birth}","country":"DE"}`,
		`{"account_number":55512,"routing_number":"9","sort_code":"12-34-56"}`:                                           `{"account_number":"{account}","routing_number":"{routing}","sort_code":"{routing}"}`,
		`{"iban":"not one","bic":"COBADEFFXXX","swift_code":"COBADEFF"}`:                                                 `{"iban":"{iban}","bic":"COBADEFFXXX","swift_code":"COBADEFF"}`,
		`{"pan":"1","expiry_year":2029,"wallet_address":"0xAb"}`:                                                         `{"pan":"{card}","expiry_year":2029,"wallet_address":"{account}"}`,
		`{"address":{"street_line_1":"A","street_line_2":"","city":"B","postal_code":1234,"country":"DE","state":"BE"}}`: `{"address":{"street_line_1":"{address}","street_line_2":"","city":"{address}","postal_code":"{address}","country":"DE","state":"BE"}}`,
		`{"signing_secret":"x","secret":"whsec_00000001","tax_id":"DE1"}`:                                                `{"signing_secret":"{webhook-secret}","secret":"{webhook-secret}","tax_id":"{identity}"}`,
		`{"api_key":"ak_live_1","client_secret":"s","access_token":"t"}`:                                                 `{"api_key":"{live-key}","client_secret":"{token}","access_token":"{token}"}`,
		`{"phone":["1","2",{"x":"3"},"4"],"x":"5"}`:                                                                      `{"phone":["{phone}","{phone}",{"x":"3"},"{phone}"],"x":"5"}`,
		`{"email":null,"iban":true,"phone":"","first_name":{"x":"y"}}`:                                                   `{"email":null,"iban":true,"phone":"","first_name":{"x":"y"}}`,
		`{"em\u0061il":"x"}`: `{"em\u0061il":"{email}"}`,
		// known values, however escaped
		`{"note":"for Ren\u00e9e, O'Brien\/L\u00F8v\u00e5s"}`:     `{"note":"for {name}, {name}"}`,
		`{"note":"\u0031\u0032\u0033456789012"}`:                  `{"note":"{account}"}`,
		`{"note":"quote\"and\\back\n"}`:                           `{"note":"{token}\n"}`,
		`{"note":"x\n123456789012\t"}`:                            `{"note":"x\n{account}\t"}`,
		`{"123456789012":1,"Ren\u00e9e":2}`:                       `{"{account}":1,"{name}":2}`,
		`{"n":123456789012,"m":[021000021,-123456789012]}`:        `{"n":"{account}","m":["{routing}","-{account}"]}`,
		`{"raw":"{\"first_name\":\"Al\",\"n\":\"Ren\\u00e9e\"}"}`: `{"raw":"{\"first_name\":\"{name}\",\"n\":\"{name}\"}"}`,
		// what stays, byte by byte
		`{ "b" : 1.10 , "a":1e5,"a":[ ],"é":"\u00e9\/\ud83d\ude00" }` + "\n":                                                          `{ "b" : 1.10 , "a":1e5,"a":[ ],"é":"\u00e9\/\ud83d\ude00" }` + "\n",
		`{"amount":4242424242424242,"source_amount":"123456789012","total":4111111111111111.00}`:                                      `{"amount":4242424242424242,"source_amount":"123456789012","total":4111111111111111.00}`,
		`{"amount":"ak_live_0123456789"}`:                                                                                             `{"amount":"{live-key}"}`,
		`{"error":{"message":"no","details":{"field":"email","reason":"iban"}}}`:                                                      `{"error":{"message":"no","details":{"field":"email","reason":"iban"}}}`,
		`{"id":"pay_4242424242424242","cursor":"eyJp+/=","at":"2026-11-20T10:00:00Z","display_last4":"3000","display_bank":"A Bank"}`: `{"id":"pay_4242424242424242","cursor":"eyJp+/=","at":"2026-11-20T10:00:00Z","display_last4":"3000","display_bank":"A Bank"}`,
		// several documents, cut ones, and what is none
		`{"email":"a"}` + "\n" + `{"email":"b"}`: `{"email":"{email}"}` + "\n" + `{"email":"{email}"}`,
		`{"a":"b","email":"someone`:              `{"a":"b","email":"{email}`,
		`{"a":"b","account_number":5551`:         `{"a":"b","account_number":"{account}"`,
		`{account_number: 123456789012, 'x'}`:    `{account_number: "{account}", 'x'}`,
		`[123456789012}]"`:                       `["{account}"}]"`,
		"\ufeff{\"email\":\"x\"}":                "\ufeff{\"email\":\"{email}\"}",
	} {
		got := scrub.Body("application/json; charset=utf-8", []byte(body))
		if written(string(got)) != want {
			t.Errorf("%s\ngives %s\nwant  %s", body, written(string(got)), want)
		}
		if json.Valid([]byte(body)) && !json.Valid(got) {
			t.Errorf("%s is no longer JSON: %s", body, got)
		}
	}
}

func TestBodyOtherTypes(t *testing.T) {
	scrub := knowing()
	for _, c := range []struct{ kind, body, want string }{
		{"text/plain", `{"email":"x"}`, `{"email":"{email}"}`}, // by its looks
		{"", "hello Renée", "hello {name}"},
		{"text/html", "<p>Ren%C3%A9e 123456789012</p>", "<p>{name} {account}</p>"},
		{"application/x-www-form-urlencoded", "grant_type=client_credentials&client_secret=s%201&first_name=Al&x=Anna+Smith&y=Ren%C3%A9e&amount=4242424242424242&e=",
			"grant_type=client_credentials&client_secret={token}&first_name={name}&x={name}&y={name}&amount=4242424242424242&e="},
		{"text/csv", "payee_id,amount,email,\"first_name\",note\r\npye_1,4242424242424242,a@b.example,\"O\"\"B, c\",for 123456789012\r\n\r\npye_2,1.00,,Al,\"x;y\"\r\n",
			"payee_id,amount,email,\"first_name\",note\r\npye_1,4242424242424242,{email},\"{name}\",for {account}\r\n\r\npye_2,1.00,,{name},\"x;y\"\r\n"},
		{"multipart/form-data; boundary=XX", "--XX\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nnone\r\n--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"b.csv\"\r\nContent-Type: text/csv\r\n\r\namount,iban\n1.00,x\n\r\n--XX--\r\n",
			"--XX\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\n{email}\r\n--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"b.csv\"\r\nContent-Type: text/csv\r\n\r\namount,iban\n1.00,{iban}\n\r\n--XX--\r\n"},
		{"multipart/form-data; boundary=XX", "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"b.xlsx\"\r\n\r\nPK\x03\x04secret\r\n--XX--",
			"--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"b.xlsx\"\r\n\r\n{file}\r\n--XX--"},
		{"multipart/form-data", "--XX\r\n\r\nRenée", "--XX\r\n\r\n{name}"},
		{"application/octet-stream", "\xff\xfe 123456789012 \x00", "\xff\xfe {account} \x00"},
		{"application/zip", "PK\x03\x04\xff", ""},
		{"image/png", "\x89PNG\x00", ""},
		{"application/pdf", "\xff\xff", ""},
	} {
		if got := written(string(scrub.Body(c.kind, []byte(c.body)))); got != c.want {
			t.Errorf("%s %q\ngives %q\nwant  %q", c.kind, c.body, got, c.want)
		}
	}
	if scrub.Body("image/jpeg", []byte{0xff, 0xd8}) != nil {
		t.Error("an image is kept")
	}
}

func TestHeaders(t *testing.T) {
	w, scrub, path := begin(t)
	for _, c := range canaries {
		scrub.Know(c.kind, c.value)
	}
	cases := []struct{ name, value, want string }{
		{"Authorization", "Bearer ak_test_0123456789abcdef", "Bearer {test-key}"},
		{"Authorization", "Bearer ak_live_0123456789abcdef", "Bearer {live-key}"},
		{"Authorization", "Bearer ak_live_1", "Bearer {live-key}"},
		{"Authorization", "bearer  ak_test_x1 ", "bearer  {test-key} "},
		{"Authorization", "ak_test_0123456789abcdef", "{test-key}"},
		{"Authorization", "Basic YWtfdGVzdDo=", "Basic {token}"},
		{"Authorization", "DPoP eyJ.e.s", "DPoP {token}"},
		{"Authorization", "Bearer", "Bearer"},
		{"Authorization", "Bearer ", "Bearer "},
		{"Authorization", "", ""},
		{"Authorization", "Bearer undefined", "Bearer {token}"},
		{"Authorization", "Bearer Bearer ak_test_0123456789abcdef", "Bearer Bearer {test-key}"},
		{"Authorization", "mysecret pass phrase", "{token}"},
		{"authorization", "Bearer ak_test_0123456789abcdef", "Bearer {test-key}"},
		{"Proxy-Authorization", "Basic dTpw", "{token}"},
		{"Cookie", "session=1", "{token}"},
		{"Set-Cookie", "session=1; Path=/", "{token}"},
		{"Dpop", "eyJ.e.s", "{token}"},
		{"X-Api-Key", "ak_test_0123456789abcdef", "{test-key}"},
		{"X-Api-Key", "hunter2", "{token}"},
		{"Anton-Signature", "t=1764000000,v1=abcdef", "t=1764000000,v1=abcdef"},
		{"anton-signature", "t=1764000000,v1=021000021", "t=1764000000,v1=021000021"},
		{"Retry-After", "3000", "3000"},
		{"Idempotency-Key", "pay-123456789012-x", "pay-{account}-x"},
		{"Idempotency-Key", "payout-r1-0001", "payout-r1-0001"},
		{"Location", "/payees?e=renee.canary%2B1%40merchant.example", "/payees?e={email}"},
		{"X-Request-Id", "550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440000"},
		{"Content-Type", "multipart/form-data; boundary=----formdata-undici-012345678901", "multipart/form-data; boundary=----formdata-undici-012345678901"},
	}
	for i, c := range cases {
		x := payout(i)
		x.Request.Header = map[string][]string{c.name: {c.value}}
		must(t, w.Append(Event{Exchange: x}))
	}
	must(t, w.Close("finished"))
	rec, err := ReadFile(path)
	must(t, err)
	for i, c := range cases {
		if got := written(rec.Exchanges[i].Request.Header[c.name][0]); got != c.want {
			t.Errorf("%s: %s gives %q, want %q", c.name, c.value, got, c.want)
		}
	}
	if got, want := rec.Exchanges[0].Request.Header["Authorization"][0], "Bearer "+scrub.Fingerprint(KindTestKey, "ak_test_0123456789abcdef"); got != want {
		t.Errorf("handed key reads %s, want %s", got, want)
	}
}

// encodings are the ways in which a value may stand in an exchange.
func encodings(value string) map[string]string {
	quoted, _ := json.Marshal(value)
	var points strings.Builder
	for _, r := range value {
		fmt.Fprintf(&points, `\u%04x`, r)
	}
	return map[string]string{
		"plain": value, "json": strings.Trim(string(quoted), `"`), "points": points.String(),
		"slash": strings.ReplaceAll(strings.Trim(string(quoted), `"`), "/", `\/`), "path": url.PathEscape(value), "query": url.QueryEscape(value),
	}
}

// Nothing known survives in the file, wherever an app may put it.
func TestNothingKnownSurvives(t *testing.T) {
	w, scrub, path := begin(t)
	for _, c := range canaries {
		scrub.Know(c.kind, c.value)
	}
	for _, c := range canaries {
		in := encodings(c.value)
		x := payout(1)
		x.Request.Path, x.Request.Query = "/v1/"+in["path"], "x="+in["query"]+"&"+in["query"]+"=y"
		x.Request.Header["X-Note"] = []string{"for " + c.value, in["path"]}
		x.Request.Header["Idempotency-Key"] = []string{"pay-" + c.value + "-1"}
		x.Request.Body.Base64 = fmt.Appendf(nil, `{"a":"%s","b":["%s","%s"],"%s":1,"metadata":{"x":"- %s -"}}`, in["json"], in["points"], in["slash"], in["json"], in["json"])
		x.Response.Body = Body{Base64: []byte("<p>" + c.value + "</p>")}
		x.Upstream = &Response{Status: 200, Header: map[string][]string{"Content-Type": {"text/html"}}, Body: Body{Base64: []byte("not UTF-8 \xff " + c.value)}}
		x.Error, x.Fault = `Get "https://h/?q=`+in["query"]+`": reset`, &Interference{Kind: FaultReset, Note: c.value}
		must(t, w.Append(Event{Exchange: x}))
		d := &Delivery{ID: "d1", Request: x.Request, Response: x.Response, Error: c.value}
		must(t, w.Append(Event{Delivery: d}))
		must(t, w.Append(Event{Handshake: &Handshake{ID: "h1", Host: c.value, Error: c.value}}))
		must(t, w.Mark(Mark{Kind: MarkNote, Facts: map[string]string{"text": c.value, "value": string(x.Request.Body.Base64)}}))
		must(t, w.Append(Event{Finding: &Finding{Place: "log:" + c.value, Note: c.value}}))
		must(t, w.Append(Event{Attestation: &Attestation{Statement: c.value, Evidence: c.value}}))
	}
	must(t, w.Close("finished"))
	text, err := os.ReadFile(path)
	must(t, err)
	rec, err := ReadFile(path)
	must(t, err)
	var bodies bytes.Buffer
	for _, x := range rec.Exchanges {
		bodies.Write(x.Upstream.Body.Bytes())
		if !json.Valid([]byte(x.Request.Body.Text)) {
			t.Errorf("no longer JSON: %s", x.Request.Body.Text)
		}
	}
	for _, c := range canaries {
		for name, form := range encodings(c.value) {
			if bytes.Contains(text, []byte(form)) || bytes.Contains(bodies.Bytes(), []byte(form)) {
				t.Errorf("%s %s is in the file (%s)", c.kind, form, name)
			}
		}
	}
}

func TestBodiesKept(t *testing.T) {
	squeeze := func(text string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write([]byte(text))
		z.Close()
		return b.Bytes()
	}
	var deflated bytes.Buffer
	z := zlib.NewWriter(&deflated)
	z.Write([]byte(`{"email":"x"}`))
	z.Close()
	whole := squeeze(`{"email":"x","id":"pay_1"}`)
	bomb := squeeze(strings.Repeat("0", MaxBody+10))
	long := strings.Repeat("é", MaxBody/2) + "é"
	cases := []struct {
		name, coding string
		sent         Body
		want         Body
	}{
		{"gzip", "gzip", Body{Base64: whole}, Body{Text: `{"email":"{email}","id":"pay_1"}`, Size: int64(len(whole)), Coding: "gzip"}},
		{"gzip cut", "gzip", Body{Base64: whole[:len(whole)-8], Cut: true}, Body{Text: `{"email":"{email}","id":"pay_1"}`, Size: int64(len(whole) - 8), Cut: true, Coding: "gzip"}},
		{"deflate", "deflate", Body{Base64: deflated.Bytes()}, Body{Text: `{"email":"{email}"}`, Size: int64(deflated.Len()), Coding: "deflate"}},
		{"not gzip", "gzip", Body{Base64: []byte(`{"email":"x"}`)}, Body{Text: `{"email":"{email}"}`, Size: 13}},
		{"bomb", "gzip", Body{Base64: bomb}, Body{Text: strings.Repeat("0", MaxBody), Size: int64(len(bomb)), Cut: true, Coding: "gzip"}},
		{"br", "br", Body{Base64: []byte("\x0b\x02\x80")}, Body{Size: 3, Cut: true}},
		{"long", "", Body{Base64: []byte(long)}, Body{Text: long[:MaxBody], Size: MaxBody + 2, Cut: true}},
		{"cut rune", "", Body{Base64: []byte("x\xe2\x82"), Size: 9, Cut: true}, Body{Text: "x", Size: 9, Cut: true}},
		{"cut value", "", Body{Base64: []byte("for 1234567"), Size: 99, Cut: true}, Body{Text: "for ", Size: 99, Cut: true}},
		{"latin-1", "", Body{Base64: []byte(`{"email":"x","n":"` + "\xe9" + `"}`)}, Body{Base64: []byte(`{"email":"{email}","n":"` + "\xe9" + `"}`), Size: 21}},
		{"image", "", Body{Base64: []byte("\x89PNG\x00")}, Body{Size: 5, Cut: true}},
		{"text", "", Body{Text: "Renée", Digest: "d"}, Body{Text: "{name}", Size: 6, Digest: "d"}},
		{"empty", "gzip", Body{}, Body{}},
	}
	w, scrub, path := begin(t)
	for _, c := range canaries {
		scrub.Know(c.kind, c.value)
	}
	for i, c := range cases {
		x := payout(i)
		x.Response = &Response{Header: map[string][]string{"Content-Encoding": {c.coding}}, Body: c.sent}
		must(t, w.Append(Event{Exchange: x}))
	}
	must(t, w.Close("finished"))
	rec, err := ReadFile(path)
	must(t, err)
	for i, c := range cases {
		got := rec.Exchanges[i].Response.Body
		if c.want.Digest == "" && !c.sent.Cut && len(c.sent.Bytes()) > 0 {
			h := scrub.Hash()
			h.Write(c.sent.Bytes())
			c.want.Digest = hex.EncodeToString(h.Sum(nil))
		}
		if c.sent.Text != "" {
			c.want.Digest = "d"
		}
		got.Text = written(got.Text)
		if got.Base64 != nil {
			got.Base64 = []byte(written(string(got.Base64)))
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: kept %.200v, want %.200v", c.name, got, c.want)
		}
	}
}

func TestScrubIsSafeForConcurrentUse(t *testing.T) {
	scrub := NewScrub()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 200 {
				value := fmt.Sprintf("canary-%d-%d", i, j)
				scrub.Know(KindName, value)
				if got := scrub.Text("<" + value + ">"); got != "<"+scrub.Fingerprint(KindName, value)+">" {
					t.Errorf("%s gives %s", value, got)
				}
			}
		})
	}
	all.Wait()
}

// Bodies made to be slow to search take no longer than others: a search that
// is quadratic in one of these does not end within the time a test has.
func TestScrubIsLinear(t *testing.T) {
	scrub := knowing()
	for piece, kind := range map[string]string{
		"ak_test_": "text/plain", "Bearer ": "text/plain", "a@a.": "text/plain", "4111-": "text/plain", "DE89": "text/plain",
		"[": "application/json", `"{`: "application/json", "\\u00": "application/json", "&=": "application/x-www-form-urlencoded", ",": "text/csv",
	} {
		scrub.Body(kind, []byte(strings.Repeat(piece, MaxBody/2/len(piece))))
	}
}

func FuzzScrubBody(f *testing.F) {
	f.Add("application/json", []byte(`{"first_name":"Ren\u00e9e","n":123456789012,"x":["ak_test_0123456789abcdef"]}`))
	f.Add("application/json", []byte(`{"raw":"{\"a\":\"DE89 3704 0044 0532 0130 00\"}"`))
	f.Add("application/x-www-form-urlencoded", []byte("email=a%40b.example&x=Anna+Smith"))
	f.Add("text/csv", []byte("email,\"a\"\n\"x\"\"y\",1\n"))
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"iban\"\r\n\r\nx\r\n--b--"))
	f.Add("", []byte("4242 4242 4242 4242 %34"))
	f.Add("application/json", sampleResponse)
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		scrub := knowing()
		before := bytes.Clone(body)
		got := scrub.Body(kind, body)
		if !bytes.Equal(before, body) {
			t.Fatal("the body given was changed")
		}
		if json.Valid(body) && structured(body) && !json.Valid(got) {
			t.Fatalf("no longer JSON: %q became %q", body, got)
		}
		for _, c := range canaries {
			if !numeric(c.value) && !credential(c.kind) && bytes.Contains(got, []byte(c.value)) {
				t.Fatalf("%s is left in %q", c.value, got)
			}
		}
	})
}

func BenchmarkScrubBody(b *testing.B) {
	scrub := NewScrub()
	for i := range 300 {
		scrub.Know(KindAccount, fmt.Sprint(900000000000+i*7919))
		scrub.Know(KindName, fmt.Sprint("Canary", base64.RawStdEncoding.EncodeToString([]byte{byte(i), byte(i >> 8), 7})))
	}
	b.SetBytes(int64(len(sampleResponse)))
	b.ReportAllocs()
	for b.Loop() {
		scrub.Body("application/json", sampleResponse)
	}
}

// A known value is replaced however it is written.
func TestKnownInEverySpelling(t *testing.T) {
	scrub := NewScrub()
	scrub.Know(KindAccount, "482915073619")
	scrub.Know(KindPhone, "+15558129521")
	scrub.Know(KindName, "Zqvxwrth")
	key := "ak_test_Zq3mT8vK2nX7wB4cR9sL6pD1fG5hJ0yA"
	scrub.Know(KindTestKey, key)
	for text, gone := range map[string]string{
		"4829 1507 3619":     "1507",
		"482-915-073-619.":   "915",
		"4829.1507.3619":     "1507",
		"ZQVXWRTH, zqvxwrth": "qvx",
		`\u002B15558129521`:  "8129",
		"tel:15558129521":    "8129",
		"%252B15558129521":   "8129",
		"%2525%32%42%31%35%35%35%38%31%32%39%35%32%31":                          "35%38",
		hex.EncodeToString([]byte("x482915073619x")):                            hex.EncodeToString([]byte("915073")),
		strings.ToUpper(hex.EncodeToString([]byte("zqvxwrth"))):                 strings.ToUpper(hex.EncodeToString([]byte("qvxw"))),
		base64.StdEncoding.EncodeToString([]byte(key)):                          "Wm9xM",
		base64.StdEncoding.EncodeToString([]byte(`{"k":"` + key)):               base64.StdEncoding.EncodeToString([]byte(key[3:15])),
		"user=" + base64.StdEncoding.EncodeToString([]byte("a:482915073619:b")): "MjkxNTA3",
		key + "": "Zq3mT8",
	} {
		got := scrub.Text(text)
		if got == text || strings.Contains(strings.ToLower(got), strings.ToLower(gone)) {
			t.Errorf("%q became %q", text, got)
		}
	}
	for _, text := range []string{"4829-1507-3619-0001", "0000 4829 1507 3619", "1482915073619", "4829150736190", "tel:155581295210", "482-915-073"} {
		if got := scrub.Text(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

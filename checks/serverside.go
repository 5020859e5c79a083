package checks

import (
	"regexp"
	"strings"

	"github.com/anton-payments/golive/proxy/recording"
)

var serverNoBrowser = add(&Check{
	ID:    "server-no-browser",
	Title: "no browser calls Anton with the key",
	Doc: `A key in a browser is readable by whoever opens the page; with it anyone pays in the
merchant's name.

Looked at: Origin, Referer, Sec-Fetch-Site and -Dest, the User-Agent of calls with a key,
and CORS preflights. Sec-Fetch-Mode alone is a habit of Node's fetch. Mend: let the
browser call the merchant's server, and the server call Anton.`,
	Items: []Item{ServerSide},
	Run: func(t *Trial) {
		var browsers tally
		for _, x := range t.asked {
			if x.Request.Method == "OPTIONS" && header(x, "Access-Control-Request-Method") != "" {
				t.Saw(x)
				browsers.add(x, "CORS preflight to Anton")
			}
			if !keyed(x) {
				continue
			}
			t.Saw(x)
			if seen := browserSign(x); seen != "" {
				browsers.add(x, seen+" on a call with the key")
			}
		}
		browsers.fail(t, "calls from the server only")
		t.uncalled()
	},
})

var serverNoMobile = add(&Check{
	ID:    "server-no-mobile",
	Title: "no mobile app calls Anton with the key",
	Doc: `A key in an app from a store is taken out of it in minutes.

Looked at: the User-Agent of calls with a key: the HTTP stacks of iOS and Android.
Mend: let the mobile app call the merchant's server, and the server call Anton.`,
	Items: []Item{ServerSide},
	Level: Should,
	Run: func(t *Trial) {
		var mobiles tally
		for _, x := range t.asked {
			if !keyed(x) {
				continue
			}
			t.Saw(x)
			if stack := mobileStack.FindString(header(x, "User-Agent")); stack != "" {
				mobiles.add(x, "User-Agent of a mobile app ("+stack+") on a call with the key")
			}
		}
		mobiles.fail(t, "calls from the server only")
		t.uncalled()
	},
})

// Marks of the engines that browsers name. Tools that only begin with Mozilla
// (PowerShell, jsdom, robots, which say "compatible") name none or are let be.
var (
	browserEngine = regexp.MustCompile(`^Mozilla/.*(AppleWebKit/|Gecko/20|Firefox/|Trident/|MSIE |Presto/)`)
	notBrowser    = regexp.MustCompile(`(?i)jsdom|powershell|compatible;`)
	oldBrowser    = regexp.MustCompile(`Trident/|MSIE `)
	mobileStack   = regexp.MustCompile(`\bCFNetwork\b|\bDalvik\b|\bAndroid\b|\biPhone\b|\biOS [\d.]+`)
)

// browserSign names what in a request only a browser sends; "" when nothing does.
func browserSign(x *recording.Exchange) string {
	for _, name := range []string{"Origin", "Referer", "Sec-Fetch-Site", "Sec-Fetch-Dest", "Sec-Fetch-User"} {
		if _, sent := x.Request.Header[name]; sent {
			return name + " header"
		}
	}
	agent := header(x, "User-Agent")
	if browserEngine.MatchString(agent) && (!notBrowser.MatchString(agent) || oldBrowser.MatchString(agent)) {
		return "browser User-Agent"
	}
	return ""
}

// keyed reports whether a call carries a credential.
func keyed(x *recording.Exchange) bool {
	return header(x, "Authorization") != "" || len(keysIn(x.Request.Path, x.Request.Query, unescaped(x.Request.Query))) > 0
}

// header is all values of a request's header, joined; "" when there are none.
func header(x *recording.Exchange, name string) string {
	return strings.Join(x.Request.Header[name], ", ")
}

package main

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"reflect"
	"sort"
	"strings"
	"time"
)

// What every client's program does alike; see ../lib/suite.py for the words.

var featureOrder = []string{"small", "empty", "odd-names", "multipart", "range", "copy", "list", "delete", "metadata",
	"tags", "versioning", "presign", "errors", "replication"}

var oddNames = []string{
	"with space.txt", " starts and ends with space ", "plus+sign+.txt", "percent%.txt", "percent %41 %2F %25.txt",
	"ümläut-日本語-😀.txt", "double//slash.txt", "deep/er/and/deeper/x", "folder/", "quotes'\"and<angle>&amp;.txt",
	"(paren)!*~$,;:@=.txt", "question?hash#.txt", "back\\slash.txt", "[brackets]{braces}|^`.txt", ".hidden", "tab\there",
}

// Failed ends a feature; NotApplicable too, and says why it is not for this client.
type failed struct{ text string }
type notApplicable struct{ text string }

func check(condition bool, format string, arguments ...interface{}) {
	if !condition {
		panic(failed{fmt.Sprintf(format, arguments...)})
	}
}

func must(err error, what string) {
	check(err == nil, "%s: %v", what, err)
}

func short(value interface{}) string {
	if data, isBytes := value.([]byte); isBytes && len(data) > 100 {
		return fmt.Sprintf("%d bytes", len(data))
	}
	return fmt.Sprintf("%.300q", fmt.Sprint(value))
}

func equal(found, wanted interface{}, what string) {
	if data, isBytes := found.([]byte); isBytes {
		check(bytes.Equal(data, wanted.([]byte)), "%s: %s, not %s", what, short(found), short(wanted))
		return
	}
	check(reflect.DeepEqual(found, wanted), "%s: %s, not %s", what, short(found), short(wanted))
}

func fails(err error, wanted, what string) {
	check(err != nil, "%s: succeeded, should fail with %s", what, wanted)
	check(codeOf(err) == wanted, "%s: %s, not %s (%v)", what, codeOf(err), wanted, err)
}

func content(size int, seed int64) []byte {
	data := make([]byte, size)
	rand.New(rand.NewSource(int64(size)*31 + seed)).Read(data)
	return data
}

func md5Of(data []byte) string {
	sum := md5.Sum(data)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

func sorted(names []string) []string {
	copied := append([]string{}, names...)
	sort.Strings(copied)
	return copied
}

func waitUntil(what string, condition func() bool) {
	for end := time.Now().Add(30 * time.Second); !condition(); time.Sleep(100 * time.Millisecond) {
		check(time.Now().Before(end), "%s did not come true in 30 s", what)
	}
}

func plainHTTP(method, url string, headers map[string]string, body []byte) (int, []byte) {
	request, err := http.NewRequest(method, url, bytes.NewReader(body))
	must(err, "request")
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(request)
	must(err, "plain HTTP")
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	must(err, "plain HTTP")
	return answer.StatusCode, data
}

func runOne(feature func() string) (result, detail string) {
	defer func() {
		switch problem := recover().(type) {
		case nil:
		case failed:
			result, detail = "FAIL", problem.text
		case notApplicable:
			result, detail = "n.a.", problem.text
		case error:
			result, detail = "FAIL", problem.Error()
		default:
			result, detail = "FAIL", fmt.Sprint(problem)
		}
	}()
	return "ok", feature()
}

func runFeatures(features map[string]func() string) {
	printer := json.NewEncoder(os.Stdout)
	printer.SetEscapeHTML(false)
	for _, name := range featureOrder {
		if len(os.Args) > 1 && !strings.Contains(" "+strings.Join(os.Args[1:], " ")+" ", " "+name+" ") {
			continue
		}
		result, detail := runOne(features[name])
		if len(detail) > 600 {
			detail = detail[:600]
		}
		printer.Encode(map[string]string{"feature": name, "result": result, "detail": strings.ToValidUTF8(detail, "?")})
	}
}

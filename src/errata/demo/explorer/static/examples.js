// Responses to try: what proxies, old clients and broken servers really send.

export const EXAMPLES = [
  {
    name: "A proxy's page",
    about: "502 as HTML",
    text: `HTTP/1.1 502 Bad Gateway
server: nginx/1.25.3
content-type: text/html
retry-after: 30

<html>
<head><title>502 Bad Gateway</title></head>
<body>
<center><h1>502 Bad Gateway</h1></center>
<hr><center>nginx/1.25.3</center>
</body>
</html>
`,
  },
  {
    name: "JSON that was cut",
    about: "the end is missing",
    text: `HTTP/1.1 422 Unprocessable Entity
content-type: application/problem+json

{"type": "https://example.com/errors/out-of-stock", "title": "Out of stock", "status": 422, "detail": "Only 3 of 5 are left.", "sku": "A-17", "errors": [{"pointer": "#/items/0/quantity", "detail": "must be 3 or le`,
  },
  {
    name: "Three faults in XML",
    about: "fields of a form",
    text: `HTTP/1.1 400 Bad Request
content-type: application/xml

<?xml version="1.0" encoding="UTF-8"?>
<response><error>general/validation-failed</error><message>The policy could not be created.</message><fields type="hash"><short_name type="array"><item>is already taken</item><item>must be 12 or fewer characters</item></short_name><name type="array"><item>is too long</item></name></fields></response>
`,
  },
  {
    name: "A failure that says 200",
    about: "success: false",
    text: `HTTP/1.1 200 OK
content-type: application/json

{"success": false, "messages": ["Short name is already taken", "Name is too long"]}
`,
  },
  {
    name: "Nobody's format",
    about: "errata has to guess",
    text: `HTTP/2 429
content-type: application/json
retry-after: 12
x-request-id: 7f3c9e1a

{"result": {"errorType": "quota_used_up", "message": "You have used up 1,000 calls today.", "violations": [{"field": "limit", "message": "must be 1000 or less"}]}, "plan": "free"}
`,
  },
];

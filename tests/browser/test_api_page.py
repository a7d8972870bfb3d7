"""The page on which an integration engineer browses the API, under the service's own content security policy."""


def test_an_engineer_browses_the_api_and_tries_an_operation(signed_in):
    person = signed_in("surgeon")
    person.opens("/api/v1/docs/")
    page = person.page
    page.locator("#operations-tag-guidance").click()
    page.locator("#operations-tag-cases").click()
    operation = page.locator("#operations-cases-cases_list")
    operation.wait_for()
    operation.locator(".opblock-summary").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table tbody .response-col_status").first
    answer.wait_for()
    assert answer.inner_text().strip().startswith("200")
    person.sees("PEN-", "Check a plan against the guidance", "Sarcoma MDT API")

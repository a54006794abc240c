"""What can be wrong with the words that guide a search."""

from app.kit.errors import NotFound, NotPossible, NotValid


class GuidanceNotFound(NotFound):
    code = "search.guidance_not_found"
    text = "There is no such synonym or redirect."


class SynonymsNotValid(NotValid):
    code = "search.synonyms_not_valid"
    text = "Write two to twelve different words or phrases, each with a letter or a digit and at most 60 characters."


class LanguageNotOffered(NotValid):
    code = "search.language_not_offered"
    text = "The shop is not offered in the language “%(locale)s”."


class QueryNotValid(NotValid):
    code = "search.query_not_valid"
    text = "Write what is searched for: at least one letter or digit, at most 200 characters."


class RedirectLeadsNowhere(NotValid):
    code = "search.redirect_leads_nowhere"
    text = "There is no page of the shop at “%(path)s”."


class QueryTaken(NotPossible):
    code = "search.query_taken"
    text = "Another redirect stands for “%(query)s” already."


class SynonymsTaken(NotPossible):
    code = "search.synonyms_taken"
    text = "These words stand already."


class GuidanceIsFull(NotPossible):
    code = "search.guidance_is_full"
    text = "No more than %(most)s of them can be kept."


class GuidanceOfDocument(NotPossible):
    code = "search.guidance_of_document"
    text = "This one comes from the tenant document and is changed there."


class JudgementsNotReadable(NotValid):
    code = "search.judgements_not_readable"
    text = "Line %(line)s of the judgements is not a query, a document and a rating from 0."

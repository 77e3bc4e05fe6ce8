"""A stream that breaks. Its status was 200 long ago."""

from crossing import converse_stream
from fault import STREAMING, Each, Gap, Unseen, single
from wording import THROTTLED

BY_THE_MODEL = Unseen("what happens while a model answers stands in no template", "モデルが応答する途中で起きることはテンプレートには現れません")
TRY_AGAIN = Gap("try again; explain does not know yet of what happens inside a stream", "やり直します(explain はストリームの途中で起きたことをまだ知りません)")


TRUNCATED = Each({"boto3": ("ProtocolError", None, None, "Response ended prematurely"), "js": ("Error", "Error", None, "{any}")})
CORRUPTED = Each({"boto3": ("ChecksumMismatch", None, None, "{any}"), "js": ("Error", "Error", None, "{any}")})
CUT = Gap("try again, and take no stream for whole that ended without `messageStop`; explain does not know yet of what happens inside a stream",
          "やり直します。`messageStop` なしで終わったストリームを完全な応答とみなしてはいけません(explain はストリームの途中で起きたことをまだ知りません)")


def rows():
    yield single(id="stream-truncated", en="the connection ends in the middle of an answer", ja="応答の途中で接続が切れる", finding="",
                 clients=STREAMING, call=converse_stream("be cut off"), check=BY_THE_MODEL, gap=CUT, sees=TRUNCATED)
    yield single(id="stream-corrupted", en="a byte of an answer is changed on its way", ja="応答の 1 バイトが途中で書き換わる", finding="",
                 clients=STREAMING, call=converse_stream(), check=BY_THE_MODEL, gap=CUT, sees=CORRUPTED, corrupted=True)
    yield single(id="error-inside-the-stream", en="Bedrock throttles in the middle of an answer", ja="応答の途中で Bedrock がスロットリング",
                 finding="throttled", clients=STREAMING, call=converse_stream("throttle in the middle"), check=BY_THE_MODEL, gap=TRY_AGAIN,
                 # boto3 has a class of its own for it and gives the code as it stands in the stream.
                 sees=Each({"boto3": ("EventStreamError", "throttlingException", None, THROTTLED),
                            "js": ("ThrottlingException", "ThrottlingException", None, THROTTLED)}))
    yield single(id="throttled-before-the-stream", en="Bedrock throttles before the answer begins", ja="応答が始まる前に Bedrock がスロットリング",
                 finding="throttled", clients=STREAMING, call=converse_stream("throttle"), check=BY_THE_MODEL,
                 sees=Each({kind: ("ThrottlingException", "ThrottlingException", 429, THROTTLED) for kind in STREAMING}))
